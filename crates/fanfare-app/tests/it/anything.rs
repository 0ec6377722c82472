//! Whatever happens, in whatever order: what is kept agrees with itself and with what was told,
//! and a launch that is over comes to its end.

use std::collections::BTreeSet;
use std::time::Duration;

use fanfare_app::{
    AdmitInput, Change, CompleteInput, DistributionFields, ErrorCode, PlaceBid, RuleFields,
};
use fanfare_model::launch::{
    DistributionKind, DistributionRules, DistributionStatus, Participant, ParticipantStatus,
};
use fanfare_model::{ConsumerId, DistributionId, Entropy as _, EventType};
use fanfare_testkit::SeededEntropy;
use serde_json::Value;

use crate::stage::{SECOND, Stage};

/// A launch with one distribution of each kind, and chance.
struct Anything {
    stage: Stage,
    queue: DistributionId,
    draw: DistributionId,
    auction: DistributionId,
    consumers: Vec<ConsumerId>,
    chance: SeededEntropy,
}

impl Anything {
    async fn new(seed: u64) -> Self {
        let stage = Stage::new().await;
        let queue = stage.queue(Some(120), Some(20)).await;
        let draw = RuleFields {
            winner_count: Change::Set(4),
            draw_at: Change::Set(stage.now() + 60 * SECOND),
            selection_expires_after: Change::Set(20),
            replace_expired: Change::Set(seed.is_multiple_of(2)),
            ..RuleFields::default()
        };
        let auction = RuleFields {
            currency: Change::Set("EUR".parse().unwrap()),
            starting_price: Change::Set("1".parse().unwrap()),
            settle_at: Change::Set(stage.now() + 90 * SECOND),
            auto_extend_seconds: Change::Set(10),
            win_expires_after: Change::Set(20),
            ..RuleFields::default()
        };
        let draw = stage.with_rules(DistributionKind::Draw, draw).await;
        let auction = stage.with_rules(DistributionKind::Auction, auction).await;
        let consumers = stage.consumers(30).await;
        Self { stage, queue, draw, auction, consumers, chance: SeededEntropy::new(seed) }
    }

    fn below(&self, end: u64) -> u64 {
        let mut bytes = [0; 8];
        self.chance.fill(&mut bytes);
        u64::from_be_bytes(bytes) % end
    }

    fn somebody(&self) -> ConsumerId {
        self.consumers[self.below(self.consumers.len() as u64) as usize]
    }

    fn any(&self) -> DistributionId {
        [self.queue, self.draw, self.auction][self.below(3) as usize]
    }

    /// Something happens. What is refused must be refused for what stands.
    async fn happen(&self) {
        let (app, caller) = (&self.stage.world.app, &self.stage.world.caller);
        let (id, who) = (self.any(), self.somebody());
        let refused = match self.below(12) {
            0..=3 => app.join(caller, id, who).await.err(),
            4 => app.leave(caller, id, who).await.err(),
            5 => app.admit(caller, self.queue, AdmitInput::Count(1)).await.err(),
            6 | 7 => app.complete(caller, id, who, CompleteInput::default()).await.err(),
            8 => {
                let amount = (1 + self.below(200)).to_string().parse().unwrap();
                let place = PlaceBid { consumer_id: who, amount, currency: None };
                app.place_bid(caller, self.auction, place).await.err()
            }
            9 => {
                let rate = Change::Set(1 + self.below(600) as i64);
                let rules = RuleFields { admission_rate: rate, ..RuleFields::default() };
                let fields = DistributionFields { rules, ..DistributionFields::default() };
                app.update_distribution(caller, self.queue, fields).await.err()
            }
            _ => {
                self.stage.pass(Duration::from_millis(self.below(5_000))).await;
                None
            }
        };
        use ErrorCode::{Conflict, IllegalTransition, NotFound, ValidationFailed};
        let known = [Conflict, IllegalTransition, NotFound, ValidationFailed];
        assert!(refused.as_ref().is_none_or(|one| known.contains(&one.code())), "{refused:?}");
    }

    /// Everything agrees with everything.
    async fn hold(&self) {
        let mut joined = BTreeSet::new();
        let mut completed = BTreeSet::new();
        for id in [self.queue, self.draw, self.auction] {
            self.stage.hold_counts(id).await;
            let all = self.stage.all(id, None).await;
            let who = |which: fn(&Participant) -> bool| {
                let of = |one: &Participant| (id.to_string(), one.consumer_id.to_string());
                all.iter().filter(|one| which(one)).map(of).collect::<BTreeSet<_>>()
            };
            completed.extend(who(|one| one.status == ParticipantStatus::Completed));
            if id != self.auction {
                joined.extend(who(|_| true));
            }
            let granted = who(|one| one.granted_at.is_some());
            if id == self.queue {
                assert_eq!(self.told(EventType::DistributionAdmitted).await, granted);
            } else if id == self.draw {
                assert_eq!(self.told(EventType::DistributionWinnerSelected).await, granted);
                match self.stage.view(id).await.distribution.rules {
                    DistributionRules::Draw(rules) => {
                        assert_eq!(rules.state.selected as usize, granted.len());
                        assert!(rules.replace_expired || granted.len() <= 4);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(self.told(EventType::DistributionJoined).await, joined);
        assert_eq!(self.told(EventType::DistributionCompleted).await, completed);
    }

    /// Where and whom the events of a type are about, each once.
    async fn told(&self, event_type: EventType) -> BTreeSet<(String, String)> {
        let text = |data: &Value, field: &str| data[field].as_str().unwrap().to_owned();
        let told = self.stage.told(event_type).await;
        let set: BTreeSet<_> = told
            .iter()
            .map(|data| (text(data, "distribution_id"), text(data, "consumer_id")))
            .collect();
        assert_eq!(set.len(), told.len(), "{event_type} tells of nobody twice");
        set
    }
}

#[tokio::test]
async fn whatever_happens_everything_agrees_and_comes_to_its_end() {
    for seed in 0..8 {
        let any = Anything::new(seed).await;
        let stage = &any.stage;
        stage
            .while_driven(async {
                for _ in 0..120 {
                    any.happen().await;
                }
                stage.done().await;
                any.hold().await;
                let (app, caller) = (&stage.world.app, &stage.world.caller);
                app.complete_experience(caller, stage.experience).await.unwrap();
                for _ in 0..20 {
                    any.happen().await;
                }
                // Each replacement of the draw may run out of time in its turn.
                for _ in 0..60 {
                    stage.pass(20 * SECOND).await;
                }
                any.hold().await;
            })
            .await;
        for id in [any.queue, any.draw, any.auction] {
            assert_eq!(stage.status(id).await, DistributionStatus::Completed, "seed {seed}");
            let ended = stage.all(id, None).await;
            assert!(ended.iter().all(|one| one.ended_at.is_some()), "seed {seed}");
        }
    }
}
