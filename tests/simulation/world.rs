//! The world: processes on one cluster and one clock, moved tick by tick by a seed's dice.
//!
//! It is reached from inside the calls of a process (`faulty`), and may then take steps of other processes before it lets
//! the call go on: so a process stands still in the middle of a step, as after SIGSTOP, and wakes up as a zombie. A process
//! that dies unwinds out of its step.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use wrapup::clock::Clock;
use wrapup::engine::{Environment, Housekeeping, Progress, Settings, Stop, Worker};
use wrapup::log::memory::MemoryCluster;
use wrapup::log::{Cluster, LogError, Outgoing, PollLimits, partition_of};
use wrapup::store::memory::MemoryStores;
use wrapup::telemetry::{Board, Health};
use wrapup::time::{Span, Timestamp};

use crate::faulty::{FaultyCluster, FaultyStores, Io, Life};
use crate::plan::{Arrival, Plan};
use crate::support::{self, Dice, Hands, INPUTS, create_topics, try_environment};
use crate::tell::is_telling;

thread_local! {
    static WORLD: RefCell<Option<Rc<World>>> = const { RefCell::new(None) };
}

/// So deep processes stand still inside each other's calls at most.
const DEPTH_MAX: usize = 3;
/// How many lines of what happened are told with a failure.
const TOLD: usize = 60;

/// What unwinds out of a step when its process dies.
struct Dead;

/// What unwinds when the promise is broken.
pub struct Broken(pub String);

/// What is put in on purpose.
#[derive(Clone, Copy)]
pub struct Planted {
    pub in_worker: fn(&mut Worker),
    pub in_cluster: fn(&MemoryCluster),
}

impl Planted {
    pub const NOTHING: Planted = Planted { in_worker: |_| {}, in_cluster: |_| {} };
}

/// A record that is in the log.
pub struct Sent {
    pub arrival: Arrival,
    pub partition: u32,
    pub offset: i64,
}

/// A process.
pub(crate) struct Process {
    pub name: String,
    pub disk: Disk,
    pub health: Option<Arc<Health>>,
    pub board: Option<Arc<Board>>,
    seats: Vec<Seat>,
    trap: Option<Trap>,
    /// All its threads stand still.
    is_frozen: bool,
    /// Another process has its name: it ends with the step it is in.
    is_deposed: bool,
    housekeeping: Rc<RefCell<Housekeeping>>,
}

/// The stores of an instance, by stage.
#[derive(Clone, Default)]
pub struct Disk([MemoryStores; 2]);

impl Disk {
    /// What is there after its process has died.
    fn after_crash(&self) -> Disk {
        Disk(self.0.each_ref().map(MemoryStores::after_crash))
    }

    /// Whether there is no room left.
    pub fn set_full(&self, is_full: bool) {
        self.0.iter().for_each(|stores| stores.set_full(is_full));
    }
}

enum Seat {
    Here(Box<Worker>),
    /// In a step, further down on the stack.
    Stepping,
}

/// What happens to a process at one of its next calls.
#[derive(Clone, Copy, Debug)]
pub struct Trap {
    /// At which; `None`: any.
    pub io: Option<Io>,
    /// After so many of them.
    pub skip: usize,
    /// When the call has taken effect.
    pub after: bool,
    pub fate: Fate,
}

#[derive(Clone, Copy, Debug)]
pub enum Fate {
    Die,
    Freeze {
        time: Duration,
        /// Its other workers too.
        whole: bool,
        /// Meanwhile another process gets its name.
        deposed: bool,
    },
}

/// An instance whose process has died.
struct Down {
    disk: Disk,
    /// `None`: not before all is healed.
    restart: Option<Duration>,
}

/// The workers of a process that has begun, and what they share.
type Begun = (Vec<Worker>, Arc<Health>, Arc<Board>);

/// What a round of steps did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Busy {
    No,
    /// Only what goes on for ever: a watermark that moved is committed. Or a chat was dropped.
    Committing,
    Working,
}

/// What ends after a while.
pub(crate) enum Undo {
    Broker,
    Connection(String),
    Disks,
    BadDisks,
    Jump(i64),
    Ends(String),
}

pub struct World {
    pub plan: Plan,
    pub clock: Hands,
    pub cluster: MemoryCluster,
    pub sent: RefCell<Vec<Sent>>,
    pub documents: RefCell<Vec<(String, Option<String>)>>,
    pub(crate) processes: RefCell<BTreeMap<Life, Process>>,
    pub(crate) undo: RefCell<Vec<(Duration, Undo)>>,
    pub(crate) is_calm: Cell<bool>,
    pub(crate) is_broker_away: Cell<bool>,
    pub(crate) bad_disks: Cell<bool>,
    pub(crate) jump: Cell<i64>,
    /// By instance: when it was made to stand still or was expelled, for an engine gives up that is fenced too often.
    pub(crate) disturbed: RefCell<BTreeMap<String, Vec<Duration>>>,
    pub(crate) leaps: Cell<usize>,
    /// Whether documents change no more: a dropped chat keeps what it was made with.
    pub(crate) are_documents_final: Cell<bool>,
    planted: Planted,
    dice: RefCell<Dice>,
    waiting: RefCell<Vec<VecDeque<Arrival>>>,
    down: RefCell<BTreeMap<String, Down>>,
    lives: Cell<u32>,
    depth: Cell<usize>,
    busy: Cell<Busy>,
    /// Who is in a step, for what is told.
    stepping: Cell<Option<(Life, usize)>>,
    told: RefCell<VecDeque<String>>,
    /// What the seed has tried, for those who want to know.
    pub counts: RefCell<BTreeMap<&'static str, u64>>,
}

impl World {
    /// Makes the world of a plan, which is this thread's until [`World::leave`].
    pub fn enter(plan: Plan, planted: Planted) -> Rc<World> {
        let clock = Hands::at(&plan.wall.to_string());
        let cluster = MemoryCluster::with(Arc::new(clock.clone()), plan.log.clone());
        create_topics(&cluster, &plan.settings.topics, plan.partitions);
        (planted.in_cluster)(&cluster);
        let mut waiting = vec![VecDeque::new(); INPUTS.len()];
        plan.input.iter().for_each(|arrival| waiting[arrival.topic].push_back(arrival.clone()));
        let world = Rc::new(World {
            dice: RefCell::new(Dice::new(plan.seed.wrapping_add(1 << 40))),
            clock,
            cluster,
            sent: RefCell::default(),
            documents: RefCell::default(),
            processes: RefCell::default(),
            undo: RefCell::default(),
            is_calm: Cell::new(true),
            is_broker_away: Cell::new(false),
            bad_disks: Cell::new(false),
            jump: Cell::new(0),
            disturbed: RefCell::default(),
            leaps: Cell::new(0),
            are_documents_final: Cell::new(false),
            planted,
            waiting: RefCell::new(waiting),
            down: RefCell::default(),
            lives: Cell::new(0),
            depth: Cell::new(0),
            busy: Cell::new(Busy::No),
            stepping: Cell::new(None),
            told: RefCell::default(),
            counts: RefCell::default(),
            plan,
        });
        WORLD.with(|here| *here.borrow_mut() = Some(Rc::clone(&world)));
        world
    }

    /// The world of this thread.
    pub fn here() -> Rc<World> {
        WORLD.with(|here| Rc::clone(here.borrow().as_ref().expect("a world was entered")))
    }

    /// Forgets the world of this thread, and with it everything that lives in it.
    pub fn leave() {
        let world = WORLD.with(|here| here.borrow_mut().take());
        if let Some(world) = world {
            let processes = std::mem::take(&mut *world.processes.borrow_mut());
            drop(processes);
        }
    }

    // -------------------------------------------------------------------------------------------------- what is said

    pub fn tell(&self, what: impl FnOnce() -> String) {
        let mut told = self.told.borrow_mut();
        if told.len() >= TOLD {
            told.pop_front();
        }
        let at = self.clock.monotonic().as_millis();
        let by = self.stepping.get().map_or(String::new(), |(life, number)| format!("{}.{number} ", life.0));
        let line = format!("{at:>9} {}{by}{}", "  ".repeat(self.depth.get()), what());
        if is_telling() {
            eprintln!("{line}");
        }
        told.push_back(line);
    }

    /// What happened last.
    pub fn story(&self) -> String {
        self.told.borrow().iter().fold(String::new(), |mut story, line| {
            let _ = writeln!(story, "  {line}");
            story
        })
    }

    pub fn count(&self, what: &'static str) {
        *self.counts.borrow_mut().entry(what).or_default() += 1;
    }

    /// The promise is broken: ends the run.
    pub fn broken(&self, why: String) -> ! {
        resume_unwind(Box::new(Broken(why)))
    }

    // -------------------------------------------------------------------------------------------------------- chance

    pub fn below(&self, n: usize) -> usize {
        self.dice.borrow_mut().below(n)
    }

    /// True once in `n` times.
    pub fn one_in(&self, n: usize) -> bool {
        n > 0 && self.below(n) == 0
    }

    pub fn pick<T: Copy>(&self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub fn with_dice<T>(&self, draw: impl FnOnce(&mut Dice) -> T) -> T {
        draw(&mut self.dice.borrow_mut())
    }

    /// Whether a call is lost on its way.
    pub fn hiccups(&self) -> bool {
        !self.is_calm.get() && self.one_in(self.plan.hiccup_every)
    }

    pub fn is_disk_bad(&self) -> bool {
        !self.is_calm.get() && self.bad_disks.get() && self.one_in(60)
    }

    /// Whether a partition's records have not come yet.
    pub fn is_late(&self) -> bool {
        !self.is_calm.get() && self.one_in(self.plan.late_every)
    }

    /// What a fetch gives at most. It never waits: the clock stands still meanwhile.
    pub fn fetched(&self, limits: PollLimits) -> PollLimits {
        let is_small = !self.is_calm.get() && self.plan.small_fetches;
        let max_records = if is_small { limits.max_records.min(self.pick(&[1, 2, 5, 40])) } else { limits.max_records };
        PollLimits { max_records, wait: Duration::ZERO, ..limits }
    }

    // ----------------------------------------------------------------------------------------------- inside the calls

    /// A process is at a call.
    pub fn reach(&self, life: Life, io: Io, after: bool) {
        let fate = {
            let mut processes = self.processes.borrow_mut();
            let Some(process) = processes.get_mut(&life) else {
                drop(processes);
                resume_unwind(Box::new(Dead));
            };
            let fits = |trap: &&mut Trap| trap.after == after && trap.io.is_none_or(|of| of == io);
            let Some(trap) = process.trap.as_mut().filter(|_| !self.is_calm.get()).filter(fits) else { return };
            if trap.skip > 0 {
                trap.skip -= 1;
                return;
            }
            let fate = trap.fate;
            process.trap = None;
            fate
        };
        match fate {
            Fate::Die => {
                self.count("deaths inside a call");
                self.tell(|| format!("{life:?} dies {} {io:?}", if after { "after" } else { "before" }));
                self.die(life, self.one_in(3));
            }
            Fate::Freeze { time, whole, deposed } => {
                self.tell(|| {
                    format!("{life:?} stands still {} {io:?}: {fate:?}", if after { "after" } else { "before" })
                });
                self.freeze(life, time, whole, deposed);
                self.tell(|| format!("{life:?} wakes up"));
            }
        }
        if !self.processes.borrow().contains_key(&life) {
            resume_unwind(Box::new(Dead));
        }
    }

    /// Others go on while this one stands still.
    fn freeze(&self, life: Life, time: Duration, whole: bool, deposed: bool) {
        if self.depth.get() >= DEPTH_MAX {
            return;
        }
        self.count("freezes inside a call");
        self.disturb(life);
        self.depth.set(self.depth.get() + 1);
        let until = self.clock.monotonic() + time;
        if whole || deposed {
            self.with_process(life, |process| process.is_frozen = true);
        }
        if deposed {
            self.depose(life);
        }
        while self.clock.monotonic() < until {
            if self.one_in(8) {
                self.upheaval();
            }
            self.tick();
        }
        self.with_process(life, |process| process.is_frozen = false);
        self.depth.set(self.depth.get() - 1);
    }

    /// A process of the same name starts elsewhere.
    fn depose(&self, life: Life) {
        let replaced = self.with_process(life, |process| {
            let is_first = !std::mem::replace(&mut process.is_deposed, true);
            is_first.then(|| (process.name.clone(), process.disk.after_crash()))
        });
        let Some(Some((name, disk))) = replaced else { return };
        self.count("instances replaced while they stand still");
        let disk = if self.one_in(2) { disk } else { Disk::default() };
        self.start(&name, 1 + self.below(2), disk);
    }

    /// That a process of this name may be fenced by the world's doing.
    pub(crate) fn disturb(&self, life: Life) {
        let Some(name) = self.with_process(life, |process| process.name.clone()) else { return };
        let now = self.clock.monotonic();
        self.disturbed.borrow_mut().entry(name).or_default().push(now);
    }

    /// How often the world has disturbed the instance within what the engine looks at.
    pub(crate) fn disturbances(&self, name: &str) -> usize {
        let now = self.clock.monotonic();
        let within = |at: &&Duration| now.saturating_sub(**at) <= Duration::from_secs(120);
        self.disturbed.borrow().get(name).map_or(0, |times| times.iter().filter(within).count())
    }

    pub(crate) fn with_process<T>(&self, life: Life, what: impl FnOnce(&mut Process) -> T) -> Option<T> {
        self.processes.borrow_mut().get_mut(&life).map(what)
    }

    // ----------------------------------------------------------------------------------------------------- processes

    /// Starts a process.
    pub fn start(&self, name: &str, workers: usize, disk: Disk) {
        let life = Life(self.lives.get());
        self.lives.set(life.0 + 1);
        self.tell(|| format!("{life:?} starts as {name} with {workers} workers"));
        let process = Process {
            name: name.to_owned(),
            disk: disk.clone(),
            health: None,
            board: None,
            seats: Vec::new(),
            trap: None,
            is_frozen: false,
            is_deposed: false,
            housekeeping: Rc::new(RefCell::new(Housekeeping::new(Duration::from_secs(30)))),
        };
        self.processes.borrow_mut().insert(life, process);
        let began = catch_unwind(AssertUnwindSafe(|| self.begin(life, name, workers, &disk)));
        match began {
            Ok(Ok((workers, health, board))) => {
                let seats = workers.into_iter().map(|worker| Seat::Here(Box::new(worker))).collect();
                self.with_process(life, |process| {
                    (process.seats, process.health, process.board) = (seats, Some(health), Some(board));
                });
            }
            Ok(Err(Stop::Unreachable(_))) if !self.is_calm.get() => {
                self.count("starts in vain");
                self.die(life, false);
            }
            Ok(Err(stop)) => self.broken(format!("{name} does not start: {stop}")),
            Err(payload) => self.is_dead(payload),
        }
    }

    fn begin(&self, life: Life, name: &str, workers: usize, disk: &Disk) -> Result<Begun, Stop> {
        let cluster = Arc::new(FaultyCluster { life, inner: self.cluster.clone() });
        let [stores, second] = disk.0.each_ref().map(|stores| Arc::new(FaultyStores { life, inner: stores.clone() }));
        let settings = Settings { instance_id: name.to_owned(), ..self.plan.settings.clone() };
        let environment = try_environment(cluster, stores, Arc::new(self.clock.clone()), settings, workers)?;
        let health = Arc::clone(&environment.health);
        let channels = support::second(&environment, second, workers);
        let seats = (0..workers).map(|number| (&environment, number)).chain([(&channels, 0)]);
        let join = |(environment, number): (&Environment, usize)| {
            let mut worker = Worker::join(environment.clone(), number)?;
            (self.planted.in_worker)(&mut worker);
            Ok(worker)
        };
        Ok((seats.map(join).collect::<Result<_, Stop>>()?, health, Arc::clone(&environment.board)))
    }

    /// Ends a process as `kill -9` would. It is started again after a while, or not before all is healed.
    pub(crate) fn die(&self, life: Life, lose_disk: bool) {
        let Some(process) = self.processes.borrow_mut().remove(&life) else { return };
        let survives = process.disk.after_crash();
        let Process { name, is_deposed, .. } = process;
        self.tell(|| format!("{life:?} ({name}) is dead{}", if lose_disk { ", its disk lost" } else { "" }));
        if is_deposed {
            return;
        }
        let disk = if lose_disk { Disk::default() } else { survives };
        let after = Duration::from_millis(self.below(self.pick(&[100, 2_000, 10_000])) as u64);
        let restart = (!self.one_in(6)).then(|| self.clock.monotonic() + after);
        self.down.borrow_mut().insert(name, Down { disk, restart });
    }

    /// Takes what unwound out of a process: that it is dead is known, anything else goes on.
    fn is_dead(&self, payload: Box<dyn Any + Send>) {
        if !payload.is::<Dead>() {
            resume_unwind(payload);
        }
    }

    /// One step of a worker.
    fn step(&self, life: Life, number: usize) {
        let taken = self.with_process(life, |process| {
            if process.is_frozen {
                return None;
            }
            match std::mem::replace(process.seats.get_mut(number)?, Seat::Stepping) {
                Seat::Here(worker) => Some(worker),
                Seat::Stepping => None,
            }
        });
        let Some(mut worker) = taken.flatten() else { return };
        let outer = self.stepping.replace(Some((life, number)));
        let result = catch_unwind(AssertUnwindSafe(|| worker.step()));
        self.stepping.set(outer);
        match result {
            Ok(Ok(progress)) => {
                self.count_progress(progress);
                // The second stage hears of watermarks for ever.
                let is_second = number + 1 == self.with_process(life, |process| process.seats.len()).unwrap_or(0);
                let reads = progress.records > 0 && !is_second;
                let busy = if reads || progress.emitted > 0 || (progress.busy && is_second) {
                    Busy::Working
                } else if progress.busy {
                    Busy::Committing
                } else {
                    Busy::No
                };
                self.busy.set(self.busy.get().max(busy));
                self.is_back(life, number, worker);
            }
            Ok(Err(stop)) => {
                drop(worker);
                self.stopped(life, &stop);
            }
            Err(payload) => self.is_dead(payload),
        }
    }

    /// What is done while there is trouble: without it nothing can go wrong.
    fn count_progress(&self, progress: Progress) {
        if self.is_calm.get() {
            return;
        }
        if progress.committed {
            self.count("commits in trouble");
        }
        if progress.emitted > 0 {
            self.count("commits of records in trouble");
        }
    }

    fn is_back(&self, life: Life, number: usize, worker: Box<Worker>) {
        let mut worker = Some(worker);
        let is_deposed = self.with_process(life, |process| {
            process.seats[number] = Seat::Here(worker.take().expect("it is back"));
            process.is_deposed && !process.is_frozen
        });
        drop(worker);
        if is_deposed == Some(true) {
            self.die(life, false);
        }
    }

    /// A worker has given up. That is right only where waiting does not help.
    fn stopped(&self, life: Life, stop: &Stop) {
        let Some((name, is_deposed)) = self.with_process(life, |process| (process.name.clone(), process.is_deposed))
        else {
            return;
        };
        let is_planted = is_deposed || self.disturbances(&name) >= 3;
        match stop {
            Stop::Fenced(_) if is_planted => {
                self.count("instances that were fenced too often");
                self.die(life, false);
            }
            stop => self.broken(format!("{name} ({life:?}) stopped, though waiting would have helped: {stop}")),
        }
    }

    /// Ends a process as it is told to: it commits, and leaves the group for good or not.
    pub(crate) fn end(&self, life: Life, leave: bool) {
        let Some(seats) = self.with_process(life, |process| {
            let all_here = process.seats.iter().all(|seat| matches!(seat, Seat::Here(_)));
            (all_here && !process.is_frozen).then(|| std::mem::take(&mut process.seats))
        }) else {
            return;
        };
        let Some(seats) = seats else { return };
        self.tell(|| format!("{life:?} ends, leaving: {leave}"));
        for seat in seats {
            let Seat::Here(worker) = seat else { continue };
            match catch_unwind(AssertUnwindSafe(|| worker.finish(leave))) {
                Ok(Ok(_)) => {}
                Ok(Err(stop)) => self.stopped(life, &stop),
                Err(payload) => self.is_dead(payload),
            }
        }
        self.die(life, false);
    }

    /// Lets a process look for stores that nobody holds.
    pub(crate) fn keep_house(&self, life: Life) {
        let found = self.with_process(life, |process| {
            (!process.is_frozen).then(|| (process.disk.clone(), Rc::clone(&process.housekeeping)))
        });
        let Some(Some((Disk([stores, _]), housekeeping))) = found else { return };
        let looked = catch_unwind(AssertUnwindSafe(|| {
            if let Ok(mut housekeeping) = housekeeping.try_borrow_mut() {
                housekeeping.look(&FaultyStores { life, inner: stores }, self.clock.monotonic());
            }
        }));
        if let Err(payload) = looked {
            self.is_dead(payload);
        }
    }

    pub(crate) fn lives(&self) -> Vec<Life> {
        self.processes.borrow().keys().copied().collect()
    }

    /// The names under which the group and the faults know a process's workers.
    pub(crate) fn members(&self, life: Life) -> Vec<String> {
        let application = &self.plan.settings.application_id;
        let of = |process: &mut Process| {
            let first = process.seats.len().saturating_sub(1);
            let first = (0..first).map(|n| format!("{application}-{}-{n}", process.name));
            first.chain([format!("{application}-{}-channel0", process.name)]).collect()
        };
        self.with_process(life, of).unwrap_or_default()
    }

    /// Whether a worker of the process is in a step, further down on the stack.
    pub(crate) fn is_in_a_step(&self, life: Life) -> bool {
        let is_stepping = |process: &mut Process| process.seats.iter().any(|seat| matches!(seat, Seat::Stepping));
        self.with_process(life, is_stepping).unwrap_or(false)
    }

    pub(crate) fn set_trap(&self, life: Life, trap: Trap) {
        self.with_process(life, |process| process.trap = Some(trap));
    }

    /// How often processes found metric snapshots that do not add up.
    pub fn violations(&self) -> u64 {
        let processes = self.processes.borrow();
        processes.values().filter_map(|process| process.board.as_ref()).map(|board| board.violations()).sum()
    }

    /// Why processes are not ready.
    pub fn unready(&self) -> Vec<String> {
        let processes = self.processes.borrow();
        processes.values().filter_map(|process| process.health.as_ref()).flat_map(|health| health.unready()).collect()
    }

    /// The tasks that run, by every process that runs them, of both stages.
    pub fn running(&self) -> [Vec<u32>; 2] {
        let processes = self.processes.borrow();
        let mut tasks = [Vec::new(), Vec::new()];
        for process in processes.values() {
            let second = process.seats.len().saturating_sub(1);
            for (number, seat) in process.seats.iter().enumerate() {
                if let Seat::Here(worker) = seat {
                    tasks[usize::from(number == second)].extend(worker.running());
                }
            }
        }
        tasks.iter_mut().for_each(|tasks| tasks.sort_unstable());
        tasks
    }

    // ---------------------------------------------------------------------------------------------------------- time

    /// Lets some time pass, in which all kinds of things happen.
    pub fn tick(&self) {
        let stride = self.plan.stride.as_millis() as usize;
        let stride = self.pick(&[1, stride / 20, stride / 4, stride]);
        self.clock.advance(Duration::from_millis(self.below(stride + 1) as u64));
        self.undo_what_is_over();
        self.feed();
        if self.one_in(self.plan.trouble_every) {
            self.trouble();
        }
        self.restart();
        let mut seats = self.seats();
        self.with_dice(|dice| dice.shuffle(&mut seats));
        for (life, number) in seats {
            // Threads are not scheduled fairly.
            if !self.one_in(4) {
                self.step(life, number);
            }
        }
    }

    /// A round in which nothing happens but steps. Gives whether there was something to do.
    pub fn quiet_round(&self, time: Duration) -> Busy {
        self.clock.advance(time);
        self.busy.set(Busy::No);
        self.seats().into_iter().for_each(|(life, number)| self.step(life, number));
        self.busy.get()
    }

    fn seats(&self) -> Vec<(Life, usize)> {
        let processes = self.processes.borrow();
        processes.iter().flat_map(|(life, process)| (0..process.seats.len()).map(|n| (*life, n))).collect()
    }

    /// Starts again what has been down for long enough.
    fn restart(&self) {
        let now = self.clock.monotonic();
        let is_due = |(name, down): (&String, &Down)| down.restart.filter(|at| *at <= now).map(|_| name.clone());
        let mut due: Vec<String> = self.down.borrow().iter().filter_map(is_due).collect();
        if self.processes.borrow().is_empty() && self.down.borrow().values().all(|down| down.restart.is_none()) {
            // Somebody notices that nobody is left.
            due.extend(self.down.borrow().keys().next().cloned());
        }
        for name in due {
            let down = self.down.borrow_mut().remove(&name);
            if let Some(Down { disk, .. }) = down {
                self.start(&name, 1 + self.below(2), disk);
            }
        }
    }

    /// Starts an instance that does not run, on its disk if it has one.
    pub fn start_by_name(&self, name: &str, workers: usize) {
        let down = self.down.borrow_mut().remove(name);
        let is_here = self.processes.borrow().values().any(|process| process.name == name);
        match down {
            Some(Down { disk, .. }) => self.start(name, workers, disk),
            None if !is_here => self.start(name, workers, Disk::default()),
            None => {}
        }
    }

    pub(crate) fn undo_what_is_over(&self) {
        let now = self.clock.monotonic();
        let is_over = |(at, _): &mut (Duration, Undo)| *at <= now || self.is_calm.get();
        let over: Vec<(Duration, Undo)> = self.undo.borrow_mut().extract_if(.., is_over).collect();
        over.into_iter().for_each(|(_, undo)| self.undo(undo));
    }

    fn undo(&self, undo: Undo) {
        match undo {
            Undo::Broker => {
                self.is_broker_away.set(false);
                self.cluster.set_available(true);
            }
            Undo::Connection(member) => self.cluster.set_connected(&member, true),
            Undo::Disks => {
                self.processes.borrow().values().for_each(|process| process.disk.set_full(false));
                self.down.borrow().values().for_each(|down| down.disk.set_full(false));
            }
            Undo::BadDisks => self.bad_disks.set(false),
            Undo::Jump(secs) => {
                self.clock.jump(-secs);
                self.jump.set(self.jump.get() - secs);
                if self.one_in(2) && !self.is_calm.get() {
                    self.restart_the_confused();
                }
            }
            Undo::Ends(member) => self.cluster.freeze_ends(&member, false),
        }
    }

    // --------------------------------------------------------------------------------------------------------- input

    /// The producers' part of a tick. Each topic has its own, and none waits for another.
    fn feed(&self) {
        if self.is_broker_away.get() {
            return;
        }
        let wall = self.clock.wall().saturating_sub(Span::from_secs(self.jump.get()));
        for topic in 0..INPUTS.len() {
            if self.one_in(3) {
                continue;
            }
            let some = self.below(self.plan.pace);
            for _ in 0..some {
                let next = {
                    let mut waiting = self.waiting.borrow_mut();
                    let is_here = waiting[topic].front().is_some_and(|next| next.at.is_none_or(|at| at <= wall));
                    if is_here { waiting[topic].pop_front() } else { None }
                };
                let Some(arrival) = next else { break };
                self.send(arrival);
            }
        }
    }

    /// Whether something has not come yet.
    pub fn is_waiting(&self) -> bool {
        self.waiting.borrow().iter().any(|waiting| !waiting.is_empty())
    }

    /// When the next one comes.
    pub fn next_arrival(&self) -> Option<Timestamp> {
        self.waiting.borrow().iter().filter_map(|waiting| waiting.front()?.at).min()
    }

    /// Everything that has not come yet comes at once.
    pub fn feed_the_rest(&self) {
        let rest: Vec<Arrival> = self.waiting.borrow_mut().iter_mut().flat_map(std::mem::take).collect();
        rest.into_iter().for_each(|arrival| self.send(arrival));
    }

    pub fn send(&self, arrival: Arrival) {
        let topic = INPUTS[arrival.topic];
        let key = arrival.key.as_deref();
        let home = || partition_of(key.unwrap_or_default().as_bytes(), self.plan.partitions);
        let partition = arrival.partition.unwrap_or_else(home);
        let offset = self.cluster.bounds(topic, partition).expect("the broker is here").1;
        self.produce(topic, Some(partition), key, Some(&arrival.value));
        self.sent.borrow_mut().push(Sent { arrival, partition, offset });
    }

    /// Writes a document of the directory, or deletes it.
    pub fn document(&self, key: &str, value: Option<String>) {
        self.produce(&self.plan.settings.topics.directory, None, Some(key), value.as_deref());
        self.documents.borrow_mut().push((key.to_owned(), value));
    }

    fn produce(&self, topic: &str, partition: Option<u32>, key: Option<&str>, value: Option<&str>) {
        let mut feed = self.cluster.feed().expect("the broker is here");
        let record =
            Outgoing { topic, partition, key: key.map(str::as_bytes), value: value.map(str::as_bytes), headers: &[] };
        let sent: Result<(), LogError> = feed.send(record, Some(self.clock.wall()));
        sent.expect("the broker is here");
    }

    /// The instances that are down.
    pub(crate) fn names_down(&self) -> Vec<String> {
        self.down.borrow().keys().cloned().collect()
    }
}
