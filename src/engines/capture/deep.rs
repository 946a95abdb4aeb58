//! Deep parts: those that cost a request per object or a small page have a freshness of their own.
//!
//! Read first for what is new or changed, then in rotation: each run re-reads one of seven shares
//! of the objects, so that a change which shows nowhere else is found within seven runs. A big
//! store's first readings are spread as well, newest first; until theirs, objects are `pending`.

use std::collections::HashSet;

use super::Depth;
use crate::entities::Entity;
use crate::entities::entity::Source;
use crate::model::ObjectId;
use crate::vault::{self, Vault};

/// Key of the rotation's position in the vault's state.
pub(super) const ROTATION: &str = "rotation";

/// The same for listings with a budget, which turn at a pace of their own.
pub(super) const BUDGETED: &str = "rotation_budgeted";

/// Everything is read again within so many whole runs.
const ROTATION_RUNS: u64 = 7;

/// First readings that a run may spend whatever the store's size: at the smallest plan's quota
/// (150 requests per 30 s, four fifths of it ours) this is some 40 minutes.
const FIRST_READING_REQUESTS: u64 = 10_000;

/// With a budget, first readings and changed objects may take so many times what the rotation may:
/// they are known to be owed.
const OWED_TIMES: u64 = 4;

/// Which objects' deep parts are read in this run.
pub(super) struct Plan {
    deep: bool,
    depth: Depth,
    /// Ids of objects that are read in any case.
    pub touched: HashSet<String>,
    position: u64,
    /// In how many runs everything has its turn.
    turns: u64,
    /// Requests that one object's deep parts cost at most, in hundredths.
    cost_hundredths: u64,
    /// Pending objects from this id on may have their first reading now.
    pending_from: Option<ObjectId>,
    /// First readings of objects that the vault has never seen: only of the newest so many.
    newest: u64,
    /// Changed objects that may still be read.
    changed_left: u64,
    /// First readings still allowed where nothing tells how many rows follow.
    first_left: u64,
}

/// What is to be done about one object's deep parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// Read them now.
    Read,
    /// Not due, and nothing else changed.
    Keep,
    /// The object is new, but the budget is spent: pending.
    Later,
    /// The object changed, but the budget is spent: its deep parts stand as they were.
    Carry,
}

/// What is known of an object when that is decided.
pub(super) struct Facts<'a> {
    pub id: &'a str,
    /// The vault has no live version of it.
    pub new: bool,
    /// Its deep parts still wait for their first reading.
    pub pending: bool,
    /// Something that the main listing shows differs.
    pub changed: bool,
    /// Its date moved.
    pub moved: bool,
    /// At rest: not in the rotation.
    pub settled: bool,
    /// How many rows the listing still has after it, if the API says.
    pub after: Option<u64>,
}

impl Plan {
    pub fn of(entity: &Entity, vault: &Vault, depth: Depth) -> Result<Self, vault::Error> {
        let cost_hundredths = entity
            .deep_parts()
            .map(|part| match part.source {
                Source::Include { chunk, .. } => 100 / chunk.max(1) as u64,
                _ => 100,
            })
            .sum::<u64>();
        let deep = cost_hundredths > 0;
        let position = vault
            .state(entity.name, key(depth))?
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let mut plan = Self {
            deep,
            depth,
            touched: HashSet::new(),
            position,
            turns: ROTATION_RUNS,
            cost_hundredths,
            pending_from: None,
            newest: u64::MAX,
            changed_left: u64::MAX,
            first_left: u64::MAX,
        };
        if deep && depth != Depth::Full {
            plan.expect(vault.live_count(entity.name)?);
            plan.pending_from = vault.pending_floor(entity.name, plan.newest)?;
        }
        Ok(plan)
    }

    /// The listing has so many objects: the budget follows.
    pub fn expect(&mut self, objects: u64) {
        if !self.deep {
            return;
        }
        let whole = objects.saturating_mul(self.cost_hundredths).div_ceil(100);
        let budget = match self.depth {
            Depth::Full => return,
            Depth::Rotation => FIRST_READING_REQUESTS.max(whole.div_ceil(ROTATION_RUNS)),
            Depth::Budget(requests) => {
                self.turns = whole.div_ceil(requests.max(1)).max(ROTATION_RUNS);
                requests.saturating_mul(OWED_TIMES)
            }
        };
        self.newest = budget
            .saturating_mul(100)
            .div_ceil(self.cost_hundredths.max(1));
        self.changed_left = self.newest;
        self.first_left = self.newest;
    }

    /// False where the entity has no deep parts: all of it is read every time.
    pub fn any(&self) -> bool {
        self.deep
    }

    /// How much of all numbers one run with a budget covers.
    fn span(&self) -> u64 {
        u64::MAX / self.turns.max(1)
    }

    /// Is it the object's turn? By shares of equal size, one a run; with a budget the next run goes on
    /// where this one ends, so that a share may change its size from one to the next.
    fn has_turn(&self, id: &str) -> bool {
        match self.depth {
            Depth::Budget(_) => place(id).wrapping_sub(self.position) <= self.span(),
            Depth::Rotation | Depth::Full => place(id) % self.turns == self.position % self.turns,
        }
    }

    /// True when everything is to be read, whatever the object's own figures say.
    pub fn full(&self) -> bool {
        self.depth == Depth::Full
    }

    /// Where the rotation goes on next time: key and position.
    pub fn next_rotation(&self) -> (&'static str, String) {
        let next = match self.depth {
            Depth::Budget(_) => self.position.wrapping_add(self.span()),
            Depth::Rotation | Depth::Full => self.position.wrapping_add(1),
        };
        (key(self.depth), next.to_string())
    }

    /// Decides for one object.
    pub fn decide(&mut self, facts: &Facts<'_>) -> Due {
        if self.depth == Depth::Full || self.touched.contains(facts.id) {
            return Due::Read;
        }
        if facts.new {
            let now = match facts.after {
                Some(after) => after < self.newest,
                None => self.first_left > 0,
            };
            if now {
                self.first_left = self.first_left.saturating_sub(1);
            }
            return if now { Due::Read } else { Due::Later };
        }
        if facts.pending
            && self
                .pending_from
                .as_ref()
                .is_some_and(|from| *from <= id(facts.id))
        {
            return Due::Read;
        }
        if facts.changed || facts.moved {
            if self.changed_left > 0 {
                self.changed_left -= 1;
                return Due::Read;
            }
            return if facts.changed { Due::Carry } else { Due::Keep };
        }
        let turn = self.has_turn(facts.id);
        if turn && !facts.pending && !facts.settled {
            Due::Read
        } else {
            Due::Keep
        }
    }
}

fn id(text: &str) -> ObjectId {
    ObjectId::new(text)
}

/// An id's place among all numbers: by its bytes, so that neighbours are spread.
fn place(id: &str) -> u64 {
    let hash = blake3::hash(id.as_bytes());
    let bytes = hash.as_bytes().first_chunk().copied().unwrap_or_default();
    u64::from_le_bytes(bytes)
}

fn key(depth: Depth) -> &'static str {
    match depth {
        Depth::Budget(_) => BUDGETED,
        Depth::Rotation | Depth::Full => ROTATION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(position: u64) -> Plan {
        Plan {
            deep: true,
            depth: Depth::Rotation,
            touched: HashSet::new(),
            position,
            turns: ROTATION_RUNS,
            cost_hundredths: 110,
            pending_from: None,
            newest: 0,
            changed_left: 0,
            first_left: 0,
        }
    }

    fn quiet(id: &str) -> Facts<'_> {
        Facts {
            id,
            new: false,
            pending: false,
            changed: false,
            moved: false,
            settled: false,
            after: None,
        }
    }

    #[test]
    fn everything_has_its_turn_within_seven_runs() {
        for n in 0..500_u32 {
            let id = n.to_string();
            let turns = (0..7)
                .filter(|p| plan(*p).decide(&quiet(&id)) == Due::Read)
                .count();
            assert_eq!(turns, 1, "object {id}");
        }
    }

    #[test]
    fn with_a_budget_the_turns_are_as_many_as_it_takes() {
        let mut plan = Plan {
            depth: Depth::Budget(360),
            ..plan(0)
        };
        plan.expect(100_000);
        assert_eq!(plan.turns, 110_000_u64.div_ceil(360));
        let due = |plan: &mut Plan| {
            (0..100_000_u32)
                .filter(|n| plan.decide(&quiet(&n.to_string())) == Due::Read)
                .count()
        };
        let first = due(&mut plan);
        assert!((200..460).contains(&first), "{first} objects in one turn");
        assert!(plan.newest < 1_500);
        // Everything has its turn, also when the budget changes on the way.
        let (mut seen, mut runs) = (0, 0);
        while runs < 200 {
            plan.depth = Depth::Budget(if runs % 2 == 0 { 900 } else { 2_700 });
            plan.expect(100_000);
            seen += due(&mut plan);
            plan.position = plan.next_rotation().1.parse().unwrap();
            runs += 1;
            if seen >= 100_000 {
                break;
            }
        }
        assert!((50..=75).contains(&runs), "{runs} runs for {seen}");
    }

    #[test]
    fn a_small_store_has_all_its_first_readings_at_once() {
        let mut plan = plan(0);
        plan.expect(5_000);
        let new = Facts {
            new: true,
            after: Some(4_999),
            ..quiet("1")
        };
        assert_eq!(plan.decide(&new), Due::Read);
    }

    #[test]
    fn a_big_store_reads_the_newest_first_and_everything_in_seven_runs() {
        let mut plan = plan(0);
        plan.expect(1_000_000);
        let oldest = Facts {
            new: true,
            after: Some(999_999),
            ..quiet("1")
        };
        let newest = Facts {
            new: true,
            after: Some(0),
            ..quiet("1000000")
        };
        assert_eq!(plan.decide(&oldest), Due::Later);
        assert_eq!(plan.decide(&newest), Due::Read);
        assert!(plan.newest * 7 >= 1_000_000);
    }

    #[test]
    fn a_change_beyond_the_budget_keeps_the_deep_parts_it_had() {
        let mut plan = plan(0);
        plan.changed_left = 1;
        let changed = Facts {
            changed: true,
            ..quiet("1")
        };
        assert_eq!(plan.decide(&changed), Due::Read);
        assert_eq!(plan.decide(&changed), Due::Carry);
    }

    #[test]
    fn the_settled_are_read_when_their_date_moves_and_not_in_rotation() {
        for position in 0..7 {
            let mut plan = plan(position);
            plan.changed_left = 9;
            let at_rest = Facts {
                settled: true,
                ..quiet("5")
            };
            assert_eq!(plan.decide(&at_rest), Due::Keep);
            let moved = Facts {
                moved: true,
                ..at_rest
            };
            assert_eq!(plan.decide(&moved), Due::Read);
        }
    }
}
