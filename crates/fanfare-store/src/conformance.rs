//! The suite that every backend passes.
//!
//! A backend's tests say how a fresh, empty store is opened, given a hand-over, and name the
//! suite:
//!
//! ```ignore
//! fanfare_store::conformance_suite!(open_fresh_store);
//! ```
//!
//! where `open_fresh_store` is `async fn(Arc<dyn Handover>) -> (Arc<dyn Store>, Keep)`; `Keep`
//! is whatever must live as long as the store, such as its folder. Every case gets its own
//! store. All times are arguments; nothing sleeps.

pub mod accept;
pub mod audit;
pub mod consumers;
pub mod deliveries;
pub mod distributions;
mod engine;
pub mod erasure;
pub mod events;
pub mod feed;
pub mod health;
pub mod idempotency;
pub mod inbound;
pub mod jobs;
mod launch;
pub mod launch_tenancy;
pub mod maintenance;
pub mod members;
pub mod notices;
pub mod orders;
pub mod participants;
pub mod people;
pub mod products;
pub mod queue;
pub mod stats;
pub mod tenancy;
pub mod upgrade;
pub mod webhooks;
pub mod work;
mod world;

pub use engine::FakeEngine;
pub use world::World;

/// Makes one test of each case. `$open` is an async function from an `Arc<dyn Handover>` to an
/// `Arc<dyn Store>` on fresh, empty storage, and something to keep alive beside it.
#[macro_export]
macro_rules! conformance_suite {
    ($open:path) => {
        $crate::conformance_suite! { @each $open;
            accept::matches_types_wildcards_and_everything,
            accept::paused_webhooks_hold_what_comes,
            accept::disabled_and_deleted_webhooks_get_nothing,
            accept::failed_webhooks_are_served,
            accept::without_room_deliveries_wait_in_the_store,
            accept::what_is_handed_over_is_complete,
            accept::a_test_goes_to_one_webhook_whatever_its_status,
            accept::a_call_is_written_whole_or_not_at_all,
            accept::the_same_key_gets_the_first_answer,
            accept::concurrent_calls_all_count,
            accept::matching_follows_changes_at_once,
            accept::an_unknown_organization_is_refused,
            queue::only_what_is_due_is_claimed,
            queue::two_claimers_never_share,
            queue::an_ended_lease_is_claimed_again_and_the_old_one_is_lost,
            queue::limits_and_skips_hold,
            queue::a_backlog_leaves_room_for_others,
            queue::what_is_in_memory_is_never_claimed,
            queue::attempts_are_kept_in_order,
            queue::a_record_counts_once,
            queue::results_come_in_order,
            queue::released_deliveries_cost_no_attempt,
            queue::dropped_deliveries_are_cancelled,
            queue::a_cancelled_delivery_is_not_recorded,
            queue::claims_go_round,
            health::an_exhausted_delivery_marks_the_webhook_and_writes_one_notice,
            health::a_success_makes_a_failed_webhook_active,
            health::a_success_of_an_active_webhook_changes_nothing,
            health::failing_since_is_the_first_failure_after_a_success,
            health::days_of_failures_disable,
            health::paused_webhooks_stay_paused,
            health::gone_disables_and_cancels_what_waits,
            health::a_retry_of_a_disabled_webhook_is_cancelled,
            deliveries::a_delivery_shows_all_its_attempts,
            deliveries::a_resend_is_a_new_delivery,
            deliveries::a_resend_to_a_disabled_or_deleted_webhook_is_refused,
            deliveries::only_pending_deliveries_are_cancelled,
            deliveries::filters_choose,
            deliveries::pages_are_stable_while_deliveries_come,
            deliveries::deliveries_of_deleted_webhooks_stay_readable,
            deliveries::counting_stops_at_its_limit,
            events::events_are_found_and_filtered,
            events::pages_of_events_are_stable,
            events::an_event_shows_every_delivery,
            feed::the_feed_gives_every_event_once,
            feed::a_follower_misses_nothing_while_many_write,
            feed::groups_come_and_go,
            feed::there_is_a_limit_on_groups,
            feed::commits_only_move_forward,
            feed::results_are_kept_by_event,
            feed::what_is_ahead_is_counted,
            webhooks::a_webhook_comes_back_as_it_was_written,
            webhooks::changes_count_versions,
            webhooks::an_edit_may_refuse,
            webhooks::versions_show_what_requests_were_made_from,
            webhooks::there_is_a_limit,
            webhooks::a_deleted_webhook_is_gone,
            webhooks::disabling_cancels_what_waits,
            webhooks::lists_filter_and_page,
            webhooks::a_subscription_is_there_once,
            webhooks::subscribing_at_once_makes_one,
            webhooks::lists_filter_by_channel,
            jobs::a_resend_job_sends_what_matched_before_it,
            jobs::a_replay_sends_everything_or_what_is_missing,
            jobs::a_step_is_bounded_and_continues,
            jobs::a_cancelled_job_stops,
            jobs::jobs_stand_in_line,
            jobs::there_is_a_limit_on_running_jobs,
            jobs::jobs_skip_webhooks_that_take_nothing,
            people::organizations_are_listed_oldest_first,
            people::keys_are_found_by_hash_and_revoked_once,
            people::there_is_a_limit_on_keys,
            people::notices_page,
            people::figures_add_up,
            stats::any_batches_add_up_by_minute_and_hour,
            stats::what_is_sent_again_counts_as_made,
            stats::an_organization_is_the_sum_of_its_webhooks,
            stats::what_is_accepted_counts_by_source_and_type,
            stats::old_figures_go_and_sums_stay,
            stats::a_backlog_is_counted_for_each_webhook,
            members::people_come_back_as_they_were_written,
            members::an_address_signs_in_one_person,
            members::work_of_people_that_refuses_writes_nothing,
            members::work_of_people_runs_as_if_alone,
            members::members_are_counted_and_page,
            members::sessions_come_and_go,
            members::links_are_found_until_they_end,
            members::attempts_are_kept,
            members::what_has_ended_is_swept,
            members::people_of_others_do_not_exist,
            notices::notices_are_told_once,
            notices::reports_cause_no_reports,
            notices::reports_go_to_who_asked_and_not_to_whom_they_are_about,
            notices::notices_of_all_kinds_come_back,
            notices::marks_are_kept_and_come_due,
            notices::owners_and_admins_are_told,
            notices::failing_webhooks_are_found,
            notices::mails_are_claimed_and_ended_once,
            notices::two_senders_never_share_a_mail,
            notices::a_batch_is_reported_once,
            audit::a_change_and_its_entry_are_one,
            audit::what_did_not_happen_is_not_told,
            audit::entries_of_many_writers_are_one_chain,
            audit::entries_filter_and_page,
            audit::logs_belong_to_their_organizations,
            audit::work_tells_in_its_transaction,
            idempotency::a_key_is_held_then_answered,
            idempotency::a_key_let_go_is_fresh,
            idempotency::holds_and_answers_end,
            maintenance::retention_keeps_what_is_pending,
            maintenance::retention_works_in_steps,
            maintenance::retention_removes_what_belongs_to_an_event,
            maintenance::unserved_deliveries_are_cancelled_in_steps,
            maintenance::the_backlog_counts_what_waits,
            maintenance::a_healthy_store_says_so,
            tenancy::a_foreign_id_does_not_exist,
            tenancy::lists_show_only_their_own,
            work::work_that_refuses_writes_nothing,
            work::refusing_after_a_write_fails,
            work::work_that_fails_is_undone,
            work::work_that_fails_fails_alone,
            work::work_sees_what_it_wrote,
            work::work_runs_as_if_alone,
            work::work_of_an_unknown_organization_is_refused,
            work::what_work_emits_is_accepted,
            work::change_numbers_grow_in_the_order_of_commits,
            consumers::a_consumer_comes_back_as_it_was_written,
            consumers::consumers_are_found_by_what_is_unique,
            consumers::consumers_filter,
            consumers::pages_of_consumers_are_stable,
            consumers::a_poller_misses_nobody,
            products::products_come_and_go,
            products::what_names_a_product_uses_it,
            products::pages_of_products_are_stable,
            products::experiences_come_and_go,
            products::lists_of_experiences_filter_and_page,
            distributions::distributions_come_and_go,
            distributions::lists_of_distributions_filter_and_page,
            distributions::counts_follow_participants,
            distributions::what_is_due_comes_earliest_first,
            participants::a_participant_comes_back_as_it_was_written,
            participants::nobody_is_in_a_distribution_twice,
            participants::participants_come_in_the_order_asked_for,
            participants::a_draw_shows_everybody_by_rank,
            participants::lists_of_participants_filter,
            participants::pages_of_participants_are_stable,
            participants::who_joins_while_a_list_is_read_is_met,
            participants::bids_page_by_number,
            orders::an_order_comes_back_as_it_was_written,
            orders::orders_are_found_by_the_shops_number,
            orders::lists_of_orders_filter,
            orders::pages_of_orders_are_stable,
            erasure::erasing_takes_the_person_out_of_events,
            erasure::erasing_takes_the_person_out_of_answers,
            erasure::erasing_takes_the_person_out_of_kept_answers,
            erasure::erased_events_live_on,
            inbound::a_connection_comes_back_as_it_was_written,
            inbound::secrets_are_changed_in_one_piece,
            inbound::there_is_a_limit_on_connections,
            inbound::a_message_is_stored_once,
            inbound::messages_are_claimed_by_one,
            inbound::what_failed_can_be_handled_again,
            inbound::a_message_is_found_with_what_is_kept,
            inbound::lists_of_messages_filter_and_page,
            inbound::tallies_add_up,
            inbound::sent_messages_never_go_back,
            inbound::plans_never_go_back,
            inbound::retention_removes_messages_that_ended,
            inbound::what_providers_name_is_found,
            inbound::erasing_takes_the_bodies_of_messages,
            launch_tenancy::foreign_launches_do_not_exist,
            launch_tenancy::lists_of_launches_show_only_their_own,
        }
    };
    (@each $open:path; $($module:ident::$case:ident,)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $case() {
            let engine = ::std::sync::Arc::new($crate::conformance::FakeEngine::default());
            let (store, _keep) = $open(engine.clone()).await;
            let world = $crate::conformance::World::new(store, engine);
            $crate::conformance::$module::$case(&world).await;
            world.finish();
        }
    )*};
}
