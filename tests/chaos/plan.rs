//! Which trouble comes when: drawn from a seed, ten at a time, each ten with the same mixture.

use std::fmt;
use std::time::Duration;

use crate::support::Dice;

/// `kafka.session_timeout`.
pub const SESSION: Duration = Duration::from_secs(2);
/// Longer than the broker needs to notice that a session is over.
const PAST_SESSION: Duration = Duration::from_millis(3_500);

/// What happens next.
#[derive(Clone, Copy, Debug)]
pub enum Trouble {
    /// SIGKILL; it is started again after so long.
    Kill { victim: usize, lose_state: bool, away: Duration, haste: bool },
    /// SIGTERM, which must end it properly; it is started again after so long.
    Stop { victim: usize, away: Duration, haste: bool },
    /// SIGSTOP, past its session; then SIGCONT.
    Freeze { victim: usize, asleep: Duration, haste: bool },
    /// The broker is killed, and started again.
    Broker { away: Duration, haste: bool },
}

impl Trouble {
    /// What the report calls it.
    pub fn name(self) -> &'static str {
        match self {
            Trouble::Kill { lose_state: true, .. } => "process killed, its state folder deleted",
            Trouble::Kill { away, .. } if away > SESSION => "process killed, away past its session",
            Trouble::Kill { .. } => "process killed, started again at once",
            Trouble::Stop { .. } => "process stopped by SIGTERM and started again",
            Trouble::Freeze { .. } => "process frozen (SIGSTOP) past its session and resumed",
            Trouble::Broker { .. } => "broker killed and started again",
        }
    }

    /// Whether the next one comes without waiting for this one to be over.
    pub fn is_followed_at_once(self) -> bool {
        match self {
            Trouble::Kill { haste, .. }
            | Trouble::Stop { haste, .. }
            | Trouble::Freeze { haste, .. }
            | Trouble::Broker { haste, .. } => haste,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Trouble::Kill { victim, .. } | Trouble::Stop { victim, .. } | Trouble::Freeze { victim, .. } => {
                write!(f, " ({})", ["a", "b", "c"][*victim])?;
            }
            Trouble::Broker { .. } => {}
        }
        if self.is_followed_at_once() { f.write_str(", the next at once") } else { Ok(()) }
    }
}

/// The troubles of a seed.
pub struct Plan {
    dice: Dice,
    left: u64,
    /// Those of the present ten that are still to come.
    deck: Vec<u8>,
}

impl Plan {
    pub fn of(seed: u64, troubles: u64) -> Plan {
        Plan { dice: Dice::new(seed), left: troubles, deck: Vec::new() }
    }

    fn draw(&mut self) -> u8 {
        if self.deck.is_empty() {
            self.deck = (0..10).collect();
            self.dice.shuffle(&mut self.deck);
        }
        self.deck.pop().expect("it was filled")
    }

    fn up_to(&mut self, millis: usize) -> Duration {
        Duration::from_millis(self.dice.below(millis) as u64)
    }
}

impl Iterator for Plan {
    type Item = Trouble;

    fn next(&mut self) -> Option<Trouble> {
        self.left = self.left.checked_sub(1)?;
        let (card, victim) = (self.draw(), self.dice.below(3));
        // The last one is waited for.
        let haste = self.left > 0 && self.dice.below(4) == 0;
        Some(match card {
            0..=2 => Trouble::Kill { victim, lose_state: false, away: self.up_to(1_000), haste },
            3 => Trouble::Kill { victim, lose_state: false, away: PAST_SESSION + self.up_to(2_000), haste },
            4 => Trouble::Kill { victim, lose_state: true, away: self.up_to(1_000), haste },
            5 | 6 => Trouble::Stop { victim, away: self.up_to(4_000), haste },
            7 | 8 => Trouble::Freeze { victim, asleep: PAST_SESSION + self.up_to(4_000), haste },
            _ => Trouble::Broker { away: self.up_to(4_000), haste },
        })
    }
}
