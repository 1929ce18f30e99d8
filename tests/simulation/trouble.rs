//! What happens to the world while it runs.

use std::time::Duration;

use wrapup::log::memory::{Fault, Outcome};

use crate::faulty::{Io, Life};
use crate::plan::{Trouble, next_document};
use crate::world::{Fate, Trap, Undo, World};

/// The calls of a commit, from the first reading of the store to the last writing: where most can go wrong.
const COMMIT: [Io; 6] = [Io::Get, Io::Scan, Io::Begin, Io::Send, Io::Commit, Io::Write];
/// Of 30 hours at most, within a correction window of 30 days.
const LEAPS_MAX: usize = 12;
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

impl World {
    /// One more of the plan's kinds of trouble.
    pub(crate) fn trouble(&self) {
        let kind = self.pick(&self.plan.kinds);
        let lives = self.lives();
        let Some(&life) = lives.get(self.below(lives.len())) else { return };
        match kind {
            Trouble::DieInside => self.trap(life, Fate::Die),
            Trouble::FreezeInside => self.trap_frozen(life),
            Trouble::Die => {
                self.count("deaths between steps");
                self.die(life, self.one_in(3));
            }
            Trouble::Join => {
                self.count("instances that joined");
                let name = self.pick(&NAMES);
                self.start_by_name(name, 1 + self.below(3));
            }
            Trouble::End => {
                self.count("instances that ended");
                self.end(life, self.one_in(2));
            }
            Trouble::Outcome => self.outcome(life),
            Trouble::Broker => self.for_a_while(20, || {
                self.count("times the broker was away");
                self.is_broker_away.set(true);
                self.cluster.set_available(false);
                Undo::Broker
            }),
            Trouble::FullDisk => self.for_a_while(60, || {
                self.count("full disks");
                self.with_process(life, |process| process.disk.set_full(true));
                Undo::Disks
            }),
            Trouble::BadDisk => self.for_a_while(30, || {
                self.count("times disks were bad");
                self.bad_disks.set(true);
                Undo::BadDisks
            }),
            Trouble::Jump => self.jump(),
            Trouble::Document => self.change_document(),
            Trouble::Compact => {
                self.count("compactions");
                self.cluster.compact(&self.plan.settings.topics.changelog).expect("it is there");
            }
            Trouble::Disconnect | Trouble::Expel | Trouble::OldEnds => self.member_trouble(kind, life),
            Trouble::Housekeeping => self.keep_house(life),
            Trouble::Leap => {
                // Not so many that a chat is dropped before all of its events have come.
                if self.leaps.get() < LEAPS_MAX {
                    self.count("leaps of hours");
                    self.leaps.set(self.leaps.get() + 1);
                    let minutes = 1 + self.below(self.pick(&[60, 30 * 60]));
                    self.tell(|| format!("nobody takes a step for {minutes} min"));
                    self.clock.advance(secs(60 * minutes as u64));
                }
            }
            Trouble::Quiet => {
                // No longer than a session may be silent.
                for _ in 0..1 + self.below(20) {
                    self.quiet_round(secs(4));
                }
            }
        }
    }

    /// What makes a zombie dangerous: its tasks change hands, once or more often, while it stands still.
    pub(crate) fn upheaval(&self) {
        if self.one_in(2) {
            self.start_by_name(self.pick(&NAMES), 1 + self.below(2));
            return;
        }
        let lives = self.lives();
        if let Some(&life) = lives.get(self.below(lives.len())) {
            // The zombie itself is to live on.
            if lives.len() > 1 && !self.is_in_a_step(life) {
                self.die(life, self.one_in(2));
            }
        }
    }

    fn trap(&self, life: Life, fate: Fate) {
        let io = match self.below(5) {
            0 => None,
            1 => Some(self.pick(&Io::ALL)),
            // With a transaction open.
            2 => Some(Io::Send),
            _ => Some(self.pick(&COMMIT)),
        };
        let skip = self.below(self.pick(&[1, 4, 20]));
        let trap = Trap { io, skip, after: self.one_in(2), fate };
        self.tell(|| format!("a trap for {life:?}: {trap:?}"));
        self.set_trap(life, trap);
    }

    fn trap_frozen(&self, life: Life) {
        let name = self.with_process(life, |process| process.name.clone()).unwrap_or_default();
        // An engine that is fenced three times in a minute rightly gives up.
        if self.disturbances(&name) >= 2 {
            return;
        }
        // Shorter than a session may be silent, or so long that others have taken over.
        let silent = self.plan.log.session_timeout;
        let time = self.pick(&[silent / 4, silent * 3 / 2, silent * 4]);
        let deposed = self.one_in(6);
        self.trap(life, Fate::Freeze { time, whole: self.one_in(2), deposed });
    }

    fn outcome(&self, life: Life) {
        self.members(life).iter().for_each(|member| self.outcome_of(member));
    }

    fn outcome_of(&self, member: &str) {
        let millis = |most: usize| Duration::from_millis(self.below(most) as u64);
        let fault = match self.below(9) {
            0 => Fault::CommitUnknown(Outcome::Committed),
            1 => Fault::CommitUnknown(Outcome::Aborted),
            2 => Fault::CommitUnknown(Outcome::Open),
            3 => Fault::CommitUnknown(Outcome::Late(millis(2_000))),
            4 => Fault::CommitUnknown(Outcome::Late(millis(12_000))),
            5 => Fault::CommitRejected,
            6 => Fault::CommitHidden(millis(20_000)),
            7 => Fault::Deaf,
            _ => {
                self.cluster.inject(member, Fault::CommitRejected);
                Fault::AbortUnknown { aborted: self.one_in(2) }
            }
        };
        self.count("outcomes");
        self.tell(|| format!("{member}: {fault:?}"));
        self.cluster.inject(member, fault);
        if self.one_in(4) && matches!(fault, Fault::CommitUnknown(_)) {
            self.cluster.inject(member, Fault::CommitHidden(millis(10_000)));
        }
    }

    /// Something that ends by itself.
    fn for_a_while(&self, most: usize, begin: impl FnOnce() -> Undo) {
        // Some ticks long, else nothing is ever done in between.
        let most = secs(most as u64).min(self.plan.stride * 10);
        let time = Duration::from_millis(self.below(most.as_millis() as usize) as u64);
        let until = self.clock_now() + time;
        let undo = begin();
        self.undo.borrow_mut().push((until, undo));
    }

    fn clock_now(&self) -> Duration {
        use wrapup::clock::Clock;
        self.clock.monotonic()
    }

    /// Never so far that anything is dropped early.
    fn jump(&self) {
        if self.jump.get() != 0 {
            return;
        }
        let far = 1 + self.below(self.pick(&[4, 60, 7_200])) as i64;
        let secs = if self.one_in(2) { far } else { -far };
        self.for_a_while(60, || {
            self.count("jumps of the clock");
            self.tell(|| format!("the wall clock jumps by {secs} s"));
            self.clock.jump(secs);
            self.jump.set(secs);
            Undo::Jump(secs)
        });
    }

    fn change_document(&self) {
        if self.is_broker_away.get() || self.are_documents_final.get() {
            return;
        }
        let keys: Vec<String> =
            self.plan.directory.iter().map(|(key, _)| key.clone()).filter(|key| key.starts_with("channel/")).collect();
        let key = keys[self.below(keys.len())].clone();
        let now = self.documents.borrow().iter().rev().find(|(of, _)| *of == key).and_then(|(_, value)| value.clone());
        let next = self.with_dice(|dice| next_document(dice, now.as_deref().unwrap_or("{}")));
        self.count("documents");
        self.tell(|| format!("{key} is now {next:?}"));
        self.document(&key, next);
    }

    fn member_trouble(&self, kind: Trouble, life: Life) {
        let members = self.members(life);
        let Some(member) = members.get(self.below(members.len())).cloned() else { return };
        self.tell(|| format!("{member}: {kind:?}"));
        match kind {
            Trouble::Disconnect => {
                self.count("members cut off");
                self.disturb(life);
                self.for_a_while(30, || {
                    self.cluster.set_connected(&member, false);
                    Undo::Connection(member)
                });
            }
            Trouble::OldEnds => self.for_a_while(20, || {
                self.count("times ends grew old");
                self.cluster.freeze_ends(&member, true);
                Undo::Ends(member)
            }),
            _ if self.one_in(2) => {
                self.count("members expelled");
                self.cluster.expire(&member);
            }
            _ => {
                self.count("transactions ended by the coordinator");
                self.disturb(life);
                self.cluster.expire_transaction(&member);
            }
        }
    }

    /// Restarts whoever says that the clock jumped, though it is right: it took a wrong one for the right one.
    pub fn restart_the_confused(&self) {
        for life in self.lives() {
            let says =
                self.with_process(life, |process| process.health.as_ref().map(|health| health.unready().join("; ")));
            if says.flatten().is_some_and(|says| says.contains("jumped")) {
                self.die(life, false);
            }
        }
        for name in self.names_down() {
            self.start_by_name(&name, 1 + self.below(2));
        }
    }

    /// Ends all trouble: whoever is dead lives again, and nothing more happens to anybody.
    pub fn heal(&self) {
        self.tell(|| "all is healed".to_owned());
        self.is_calm.set(true);
        self.undo_what_is_over();
        for name in NAMES {
            for stage in ["", "channel"] {
                let instance = |n| format!("{}-{name}-{stage}{n}", self.plan.settings.application_id);
                (0..4).for_each(|n| self.cluster.heal(&instance(n)));
            }
        }
        let down = self.names_down();
        for (at, name) in down.iter().enumerate() {
            // Some never come back, but somebody must be there.
            let is_needed = self.lives().is_empty() && at + 1 == down.len();
            if is_needed || self.one_in(2) {
                self.start_by_name(name, 1 + self.below(2));
            }
        }
    }
}
