//! Three servers that agree on one order of entries.

use std::collections::VecDeque;

/// The number of servers that keep the log.
pub(super) const SERVERS: usize = 3;
/// The number of servers that have to have an entry.
pub(super) const MAJORITY: usize = 2;

/// The log of three servers, as far as they have not agreed on it. The leader takes the entries. An entry
/// is agreed on once a majority has synced it; the next leader has it then, whichever of them is elected.
/// The entries that only the old leader had may be lost.
#[derive(Debug)]
pub(super) struct Quorum<E> {
    servers: [Server; SERVERS],
    leader: Option<usize>,
    /// Counts the elections, so that nothing from before one is taken for something from after it.
    term: u64,
    /// The number of entries that were agreed on.
    agreed: u64,
    /// The entries behind these, as the leader has them.
    proposed: VecDeque<E>,
}

#[derive(Clone, Copy, Debug)]
struct Server {
    is_up: bool,
    /// The number of entries on its disk.
    synced: u64,
}

/// The entries that an election loses.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lost<E> {
    /// Those that were not agreed on, which is why nobody was promised them.
    pub(super) proposed: Vec<E>,
    /// The number of lost entries that were agreed on: none, unless there is a flaw.
    pub(super) agreed: u64,
}

impl<E> Quorum<E> {
    /// Servers without entries.
    pub(super) fn new() -> Self {
        let server = Server {
            is_up: true,
            synced: 0,
        };
        Self {
            servers: [server; SERVERS],
            leader: Some(0),
            term: 0,
            agreed: 0,
            proposed: VecDeque::new(),
        }
    }

    pub(super) fn leader(&self) -> Option<usize> {
        self.leader
    }

    pub(super) fn term(&self) -> u64 {
        self.term
    }

    pub(super) fn is_up(&self, server: usize) -> bool {
        self.servers[server].is_up
    }

    /// The number of entries of the leader.
    pub(super) fn end(&self) -> u64 {
        self.agreed + self.proposed.len() as u64
    }

    /// Hands an entry to the leader, and answers how many it has then.
    pub(super) fn propose(&mut self, entry: E) -> Option<u64> {
        self.leader?;
        self.proposed.push_back(entry);
        Some(self.end())
    }

    /// Notes that a server has synced the first entries that the leader of a term has sent it. A leader that
    /// is gone sends nothing.
    pub(super) fn sync(&mut self, term: u64, server: usize, entries: u64) {
        let is_sent = term == self.term && self.leader.is_some();
        let server = &mut self.servers[server];
        if is_sent && server.is_up {
            server.synced = server.synced.max(entries);
        }
    }

    /// Takes the entries that so many servers have by now, in their order.
    pub(super) fn agree(&mut self, majority: usize) -> Vec<E> {
        let mut synced = self.servers.map(|server| server.synced);
        synced.sort_unstable_by(|one, other| other.cmp(one));
        let agreed = synced[majority - 1].max(self.agreed);
        let count = usize::try_from(agreed - self.agreed).expect("they are in memory");
        self.agreed = agreed;
        self.proposed.drain(..count).collect()
    }

    /// Stops a server. Answers whether it was the leader.
    pub(super) fn stop(&mut self, server: usize) -> bool {
        self.servers[server].is_up = false;
        self.leader.take_if(|leader| *leader == server).is_some()
    }

    /// Whether the log is on two disks without that of a server.
    pub(super) fn can_do_without(&self, server: usize) -> bool {
        let mut others = (0..SERVERS).filter(|other| *other != server);
        others.all(|other| self.servers[other].is_up && self.servers[other].synced >= self.agreed)
    }

    /// Stops a server, and removes its disk.
    pub(super) fn lose_disk(&mut self, server: usize) -> bool {
        self.servers[server].synced = 0;
        self.stop(server)
    }

    pub(super) fn start(&mut self, server: usize) {
        self.servers[server].is_up = true;
    }

    /// Elects a leader, if there is none and a majority is up: a server that has as much as each other
    /// one that is up.
    pub(super) fn elect(&mut self) -> Option<Lost<E>> {
        let up = (0..SERVERS).filter(|server| self.servers[*server].is_up);
        if self.leader.is_some() || up.clone().count() < MAJORITY {
            return None;
        }
        // After the one that led in this term, so that servers take turns.
        let turn = |server: &usize| (*server + SERVERS - self.next_turn()) % SERVERS;
        let leader =
            up.max_by_key(|server| (self.servers[*server].synced, SERVERS - turn(server)))?;
        self.leader = Some(leader);
        self.term += 1;
        let end = self.servers[leader].synced;
        let kept = usize::try_from(end.saturating_sub(self.agreed)).expect("they are in memory");
        let lost = Lost {
            proposed: self.proposed.split_off(kept).into(),
            agreed: self.agreed.saturating_sub(end),
        };
        self.agreed = self.agreed.min(end);
        for server in &mut self.servers {
            // What it has beyond that is replaced by what the new leader sends.
            server.synced = server.synced.min(end);
        }
        Some(lost)
    }

    /// Loses the entries that are not agreed on, and whatever is sent of them.
    pub(super) fn forget_proposed(&mut self) -> Vec<E> {
        self.term += 1;
        for server in &mut self.servers {
            server.synced = server.synced.min(self.agreed);
        }
        self.proposed.drain(..).collect()
    }

    /// The entries that are not agreed on.
    pub(super) fn proposed(&mut self) -> impl Iterator<Item = &mut E> {
        self.proposed.iter_mut()
    }

    fn next_turn(&self) -> usize {
        usize::try_from(self.term + 1).unwrap_or_default() % SERVERS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;

    fn with(entries: &[u32]) -> Quorum<u32> {
        let mut quorum = Quorum::new();
        for entry in entries {
            quorum.propose(*entry);
        }
        quorum
    }

    #[test]
    fn an_entry_is_agreed_on_once_two_servers_have_synced_it() {
        let mut quorum = with(&[7, 8, 9]);
        quorum.sync(0, 0, 3);
        assert!(quorum.agree(MAJORITY).is_empty());
        quorum.sync(0, 2, 1);
        assert_eq!(quorum.agree(MAJORITY), [7]);
        quorum.sync(0, 1, 3);
        assert_eq!(quorum.agree(MAJORITY), [8, 9]);
        assert!(quorum.agree(MAJORITY).is_empty());
    }

    #[test]
    fn an_election_loses_what_only_the_old_leader_had() {
        let mut quorum = with(&[7, 8]);
        quorum.sync(0, 0, 2);
        quorum.sync(0, 1, 1);
        assert_eq!(quorum.agree(MAJORITY), [7]);
        assert!(quorum.stop(0));
        assert_eq!(quorum.propose(9), None);
        let lost = quorum.elect().unwrap();
        assert_eq!((lost.proposed, lost.agreed), (vec![8], 0));
        assert_eq!(quorum.leader(), Some(1));
    }

    #[test]
    fn an_election_may_keep_what_was_not_agreed_on() {
        let mut quorum = with(&[7]);
        quorum.sync(0, 1, 1);
        quorum.stop(0);
        assert!(quorum.elect().unwrap().proposed.is_empty());
        assert!(quorum.agree(MAJORITY).is_empty(), "one server has it");
        quorum.sync(1, 2, 1);
        assert_eq!(quorum.agree(MAJORITY), [7]);
    }

    #[test]
    fn an_old_leader_does_not_count_for_what_replaced_its_entries() {
        let mut quorum = with(&[7]);
        quorum.sync(0, 0, 1);
        quorum.stop(0);
        assert_eq!(quorum.elect().unwrap().proposed, [7]);
        let leader = quorum.leader().unwrap();
        quorum.propose(8);
        quorum.start(0);
        quorum.sync(0, 0, 1);
        quorum.sync(1, leader, 1);
        assert!(quorum.agree(MAJORITY).is_empty());
        quorum.sync(1, 0, 1);
        assert_eq!(quorum.agree(MAJORITY), [8]);
    }

    #[test]
    fn there_is_no_leader_without_a_majority() {
        let mut quorum = with(&[]);
        quorum.lose_disk(0);
        quorum.stop(2);
        assert_eq!(quorum.elect(), None);
        quorum.start(2);
        assert!(quorum.elect().is_some());
        assert_eq!(quorum.elect(), None, "there is one");
    }

    #[test]
    fn with_a_majority_of_one_an_election_loses_what_was_agreed_on() {
        let mut quorum = with(&[7]);
        quorum.sync(0, 0, 1);
        assert_eq!(quorum.agree(1), [7]);
        quorum.stop(0);
        assert_eq!(quorum.elect().unwrap().agreed, 1);
    }

    /// Random histories of servers that stop, start, lose their disk and are elected: no entry is agreed
    /// on twice or out of order, or lost after it was agreed on.
    #[test]
    fn the_entries_that_are_agreed_on_stay_and_are_in_order() {
        for seed in 0..200 {
            let (mut quorum, mut agreed) = (Quorum::new(), Vec::new());
            for step in 0..400 {
                let draw = Draw::of(seed, "quorum").with(step);
                take_step(&mut quorum, draw, step);
                agreed.extend(quorum.agree(MAJORITY));
                assert!(agreed.is_sorted_by(|one, next| one < next), "seed {seed}");
            }
            assert!(agreed.len() > 20, "seed {seed} has {}", agreed.len());
        }
    }

    fn take_step(quorum: &mut Quorum<u64>, draw: Draw, step: u64) {
        let server = usize::try_from(draw.with(1).below(3)).unwrap();
        let (term, end) = (quorum.term(), quorum.end());
        match draw.below(12) {
            0..5 => drop(quorum.propose(step)),
            5..9 if quorum.leader().is_some() => {
                quorum.sync(term, server, draw.with(2).below(end + 1));
            }
            9 => drop(quorum.stop(server)),
            10 if quorum.can_do_without(server) => drop(quorum.lose_disk(server)),
            _ => {
                quorum.start(server);
                if let Some(lost) = quorum.elect() {
                    assert_eq!(lost.agreed, 0);
                }
            }
        }
    }
}
