//! Which inputs a worker reads on: none of a task gets far ahead of the others.

use crate::log::InputPartition;

use super::watermark::{Now, too_far_ahead};
use super::worker::{Phase, Worker};

impl Worker {
    /// Pauses what is read too far ahead of its task's other inputs, and reads on what no longer is.
    pub(super) fn hold_back(&mut self, now: Now) {
        let Some(session) = &mut self.session else { return };
        let read_ahead = self.environment.settings.read_ahead;
        let (mut pause, mut resume) = (Vec::new(), Vec::new());
        for (&partition, phase) in &self.phases {
            let Phase::Running(task) = phase else { continue };
            let at = |topic: usize| InputPartition { topic, partition };
            let inputs = task.common().inputs.iter().enumerate();
            let inputs: Vec<_> = inputs.map(|(topic, input)| (*input, session.end(at(topic)))).collect();
            for (topic, ahead) in
                too_far_ahead(&inputs, task.common().watermark, read_ahead, now).into_iter().enumerate()
            {
                // Everything starts paused.
                let is_paused = self.paused.insert(at(topic), ahead).unwrap_or(true);
                match (is_paused, ahead) {
                    (false, true) => pause.push(at(topic)),
                    (true, false) => resume.push(at(topic)),
                    _ => {}
                }
            }
        }
        for (partitions, paused) in [(pause, true), (resume, false)] {
            if partitions.is_empty() {
                continue;
            }
            let done = if paused { session.pause(&partitions) } else { session.resume(&partitions) };
            if let Err(error) = done {
                // It is tried again with the next step.
                tracing::debug!(%error, "cannot pause or resume");
                self.paused.extend(partitions.iter().map(|at| (*at, !paused)));
            }
        }
    }

    /// The task's inputs are paused in the session.
    pub(super) fn inputs_paused(&mut self, task: u32) {
        self.paused.retain(|at, _| at.partition != task);
    }
}
