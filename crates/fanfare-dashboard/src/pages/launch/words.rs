//! States of the launch domain, as badges.

use fanfare_model::launch::{
    DistributionKind, DistributionStatus, ExperienceStatus, OrderStatus, ParticipantStatus,
};

use crate::ui::{Badge, Tone};

pub(super) const fn of_experience(status: ExperienceStatus) -> Badge {
    match status {
        ExperienceStatus::Draft => Badge::new(Tone::Quiet, "Draft"),
        ExperienceStatus::Scheduled => Badge::new(Tone::Busy, "Scheduled"),
        ExperienceStatus::Active => Badge::new(Tone::Good, "Active"),
        ExperienceStatus::Completed => Badge::new(Tone::Quiet, "Completed"),
        ExperienceStatus::Cancelled => Badge::new(Tone::Bad, "Cancelled"),
    }
}

pub(super) const fn of_distribution(status: DistributionStatus) -> Badge {
    match status {
        DistributionStatus::Scheduled => Badge::new(Tone::Busy, "Scheduled"),
        DistributionStatus::Open => Badge::new(Tone::Good, "Open"),
        DistributionStatus::Closed => Badge::new(Tone::Warn, "Closed"),
        DistributionStatus::Drawn => Badge::new(Tone::Good, "Drawn"),
        DistributionStatus::Settled => Badge::new(Tone::Good, "Settled"),
        DistributionStatus::Completed => Badge::new(Tone::Quiet, "Completed"),
        DistributionStatus::Cancelled => Badge::new(Tone::Bad, "Cancelled"),
    }
}

pub(super) const fn of_participant(status: ParticipantStatus) -> Badge {
    match status {
        ParticipantStatus::Queued => Badge::new(Tone::Busy, "Queued"),
        ParticipantStatus::Admitted => Badge::new(Tone::Good, "Admitted"),
        ParticipantStatus::Entered => Badge::new(Tone::Busy, "Entered"),
        ParticipantStatus::Selected => Badge::new(Tone::Good, "Selected"),
        ParticipantStatus::Winning => Badge::new(Tone::Good, "Winning"),
        ParticipantStatus::Outbid => Badge::new(Tone::Warn, "Outbid"),
        ParticipantStatus::Won => Badge::new(Tone::Good, "Won"),
        ParticipantStatus::Lost => Badge::new(Tone::Quiet, "Lost"),
        ParticipantStatus::Completed => Badge::new(Tone::Good, "Completed"),
        ParticipantStatus::Expired => Badge::new(Tone::Bad, "Expired"),
        ParticipantStatus::Left => Badge::new(Tone::Quiet, "Left"),
    }
}

pub(super) const fn of_order(status: OrderStatus) -> Badge {
    match status {
        OrderStatus::Created => Badge::new(Tone::Busy, "Created"),
        OrderStatus::Paid => Badge::new(Tone::Good, "Paid"),
        OrderStatus::Fulfilled => Badge::new(Tone::Good, "Fulfilled"),
        OrderStatus::Cancelled => Badge::new(Tone::Bad, "Cancelled"),
    }
}

pub(super) const fn kind(kind: DistributionKind) -> &'static str {
    match kind {
        DistributionKind::Queue => "Queue",
        DistributionKind::Draw => "Draw",
        DistributionKind::Auction => "Auction",
    }
}
