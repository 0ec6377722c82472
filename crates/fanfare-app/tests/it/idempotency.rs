//! The same request twice.

use std::time::Duration;

use bytes::Bytes;
use fanfare_app::{
    BatchItem, ErrorCode, EventInput, Idempotent, IdempotentRequest, PublishReceipt, Published,
    Started,
};
use fanfare_model::{EventType, catalogue, limits};
use fanfare_store::{EventFilter, PageRequest, StoredResponse};

use crate::world::{World, code, field};

fn request(key: &str, body: &str) -> IdempotentRequest {
    IdempotentRequest::new(key, "POST", "/api/events", body.as_bytes()).unwrap()
}

fn render(receipt: &PublishReceipt) -> StoredResponse {
    StoredResponse { status: 202, body: Bytes::from(receipt.id.to_string()) }
}

async fn publish(
    world: &World,
    request: IdempotentRequest,
) -> Result<Published<PublishReceipt>, fanfare_app::AppError> {
    let data = catalogue::example_data(EventType::OrderPaid);
    let input = EventInput { event_type: "order.paid", data: &data };
    world.app.publish(&world.caller, input, Some(Idempotent { request, render: &render })).await
}

async fn count(world: &World) -> usize {
    let page = PageRequest::default();
    world.app.events(&world.caller, EventFilter::default(), page).await.unwrap().items.len()
}

#[tokio::test]
async fn a_repeated_publish_gets_the_first_answer_and_no_second_event() {
    let world = World::new().await;
    let Published::Now { receipt, response } = publish(&world, request("k", "b")).await.unwrap()
    else {
        panic!("was never published before")
    };
    let first = response.expect("what was stored");
    assert_eq!(first, render(&receipt));
    for _ in 0..2 {
        let again = publish(&world, request("k", "b")).await.unwrap();
        assert_eq!(again, Published::Before(first.clone()));
    }
    assert_eq!(count(&world).await, 1);
}

#[tokio::test]
async fn another_request_with_the_same_key_is_refused() {
    let world = World::new().await;
    publish(&world, request("k", "b")).await.unwrap();
    let reused = publish(&world, request("k", "other")).await;
    assert_eq!(code(reused), ErrorCode::IdempotencyKeyReused);
    let path = IdempotentRequest::new("k", "POST", "/api/events/batch", b"b").unwrap();
    assert_eq!(code(publish(&world, path).await), ErrorCode::IdempotencyKeyReused);
    assert_eq!(count(&world).await, 1);
}

#[tokio::test]
async fn a_key_belongs_to_one_organization_and_lasts_a_day() {
    let mut world = World::new().await;
    publish(&world, request("k", "b")).await.unwrap();
    let other = world.organization("Other").await;
    let first = std::mem::replace(&mut world.caller, other);
    assert!(matches!(publish(&world, request("k", "b")).await, Ok(Published::Now { .. })));
    world.caller = first;
    world.advance(limits::IDEMPOTENCY_RETENTION + Duration::from_secs(1));
    assert!(matches!(publish(&world, request("k", "b")).await, Ok(Published::Now { .. })));
}

#[tokio::test]
async fn a_batch_is_remembered_whole_even_when_nothing_in_it_was_valid() {
    let world = World::new().await;
    let render = |items: &[BatchItem]| StoredResponse {
        status: 202,
        body: Bytes::from(items.len().to_string()),
    };
    let data = serde_json::json!({});
    let inputs = [EventInput { event_type: "order.paid", data: &data }; 2];
    let idempotent = || Some(Idempotent { request: request("k", "b"), render: &render });
    let first = world.app.publish_batch(&world.caller, &inputs, idempotent()).await.unwrap();
    assert!(matches!(first, Published::Now { response: Some(_), .. }));
    let again = world.app.publish_batch(&world.caller, &inputs, idempotent()).await.unwrap();
    assert!(matches!(again, Published::Before(response) if response.body == "2"));
}

#[tokio::test]
async fn other_requests_are_wrapped() {
    let world = World::new().await;
    let request = request("k", "b");
    let begin = || world.app.begin_idempotent(&world.caller, &request);
    assert_eq!(begin().await.unwrap(), Started::Fresh);
    assert_eq!(code(begin().await), ErrorCode::IdempotencyInProgress);
    let answer = StoredResponse { status: 201, body: Bytes::from_static(b"{}") };
    let finish = |answer| world.app.finish_idempotent(&world.caller, &request, answer);
    finish(Some(answer.clone())).await.unwrap();
    assert_eq!(begin().await.unwrap(), Started::Replayed(answer));
}

#[tokio::test]
async fn a_request_that_failed_on_our_side_can_be_tried_again() {
    let world = World::new().await;
    let request = request("k", "b");
    assert_eq!(world.app.begin_idempotent(&world.caller, &request).await.unwrap(), Started::Fresh);
    world.app.finish_idempotent(&world.caller, &request, None).await.unwrap();
    assert_eq!(world.app.begin_idempotent(&world.caller, &request).await.unwrap(), Started::Fresh);
}

#[test]
fn a_key_is_visible_ascii_of_a_length() {
    let of = |key: &str| IdempotentRequest::new(key, "POST", "/", b"");
    for key in ["", "a b", "a\n", "é", "\0", &"x".repeat(256)] {
        assert_eq!(field(of(key)), "Idempotency-Key");
    }
    assert!(of(&"x".repeat(255)).is_ok());
}
