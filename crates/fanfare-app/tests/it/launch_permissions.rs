//! Every use case of consumers, products, experiences and orders with every scope, and with
//! another organization's ids.

use fanfare_app::{
    AppError, Caller, ErrorCode, Fulfilment, NewConsumer, NewExperience, NewProduct, PaymentInput,
    UpdateConsumer, UpdateExperience, UpdateOrder, UpdateProduct,
};
use fanfare_model::{ConsumerId, ExperienceId, OrderId, ProductId, Scope};
use fanfare_store::{ConsumerFilter, ExperienceFilter, OrderFilter, PageRequest, SortKey};

use crate::launch::order_of;
use crate::world::World;

/// One thing of each kind, and of what is removed or moved a second one.
struct Things {
    consumer: ConsumerId,
    product: ProductId,
    experience: ExperienceId,
    draft: ExperienceId,
    order: OrderId,
    unpaid: OrderId,
}

async fn things(world: &World) -> Things {
    let consumer = world.consumer().await.id;
    Things {
        consumer,
        product: world.product().await,
        experience: world.experience(None, None).await.id,
        draft: world.experience(None, None).await.id,
        order: world.order(order_of(consumer)).await.id,
        unpaid: world.order(order_of(consumer)).await.id,
    }
}

type Outcome = (&'static str, Scope, Result<(), AppError>);

/// Those that name a thing, in an order in which all of them are possible.
async fn with_ids(world: &World, caller: &Caller, things: &Things) -> Vec<Outcome> {
    use Scope::{
        ConsumersRead, ConsumersWrite, ExperiencesRead, ExperiencesWrite, OrdersRead, OrdersWrite,
    };
    let (app, c) = (&world.app, caller);
    let Things { consumer, product, experience, draft, order, unpaid } = *things;
    let update = UpdateConsumer::default();
    let change = UpdateExperience::default();
    let mut outcomes = vec![
        ("consumer", ConsumersRead, app.consumer(c, consumer).await.map(drop)),
        ("change it", ConsumersWrite, app.update_consumer(c, consumer, update).await.map(drop)),
        ("product", ExperiencesRead, app.product(c, product).await.map(drop)),
        (
            "change it",
            ExperiencesWrite,
            app.update_product(c, product, UpdateProduct::default()).await.map(drop),
        ),
        ("remove it", ExperiencesWrite, app.delete_product(c, product).await),
        ("experience", ExperiencesRead, app.experience(c, experience).await.map(drop)),
        (
            "change it",
            ExperiencesWrite,
            app.update_experience(c, experience, change).await.map(drop),
        ),
        ("activate", ExperiencesWrite, app.activate_experience(c, experience).await.map(drop)),
        ("complete", ExperiencesWrite, app.complete_experience(c, experience).await.map(drop)),
        ("remove a draft", ExperiencesWrite, app.delete_experience(c, draft).await),
        ("order", OrdersRead, app.order(c, order).await.map(drop)),
        (
            "change it",
            OrdersWrite,
            app.update_order(c, order, UpdateOrder::default()).await.map(drop),
        ),
        ("pay", OrdersWrite, app.pay_order(c, order, PaymentInput::default()).await.map(drop)),
        ("fulfil", OrdersWrite, app.fulfill_order(c, order, Fulfilment::default()).await.map(drop)),
        ("cancel", OrdersWrite, app.cancel_order(c, unpaid, None).await.map(drop)),
        ("erase", ConsumersWrite, app.delete_consumer(c, consumer).await),
    ];
    let other = world.experience(None, None).await.id;
    let cancelled = app.cancel_experience(c, other).await.map(drop);
    outcomes.push(("cancel", ExperiencesWrite, cancelled));
    outcomes
}

/// The others. An order needs a consumer of the caller's.
async fn without_ids(world: &World, caller: &Caller, buyer: ConsumerId) -> Vec<Outcome> {
    use Scope::{
        ConsumersRead, ConsumersWrite, ExperiencesRead, ExperiencesWrite, OrdersRead, OrdersWrite,
    };
    let (app, c, page, key) = (&world.app, caller, PageRequest::default(), SortKey::Created);
    let new = || NewConsumer::default();
    let product = NewProduct { name: "Hat".into(), ..NewProduct::default() };
    let experience = NewExperience { name: "Drop".into(), ..NewExperience::default() };
    let consumers = app.consumers(c, ConsumerFilter::default(), key, page).await.map(drop);
    vec![
        ("create consumer", ConsumersWrite, app.create_consumer(c, new()).await.map(drop)),
        ("create many", ConsumersWrite, app.create_consumers(c, vec![new()]).await.map(drop)),
        ("consumers", ConsumersRead, consumers),
        ("create product", ExperiencesWrite, app.create_product(c, product).await.map(drop)),
        ("products", ExperiencesRead, app.products(c, page).await.map(drop)),
        ("create", ExperiencesWrite, app.create_experience(c, experience).await.map(drop)),
        (
            "experiences",
            ExperiencesRead,
            app.experiences(c, ExperienceFilter::default(), page).await.map(drop),
        ),
        ("create order", OrdersWrite, app.create_order(c, order_of(buyer)).await.map(drop)),
        ("orders", OrdersRead, app.orders(c, OrderFilter::default(), key, page).await.map(drop)),
    ]
}

#[tokio::test]
async fn each_use_case_needs_its_scope_and_no_other() {
    for granted in Scope::ALL {
        let world = World::new().await;
        let things = things(&world).await;
        let caller = Caller { scopes: [*granted].into_iter().collect(), ..world.caller };
        let mut outcomes = without_ids(&world, &caller, things.consumer).await;
        outcomes.extend(with_ids(&world, &caller, &things).await);
        for (what, needed, result) in outcomes {
            if needed == *granted {
                assert!(result.is_ok(), "{what} with {}: {result:?}", granted.as_str());
            } else {
                let error = result.expect_err(what);
                assert_eq!(error.code(), ErrorCode::Forbidden, "{what}");
                assert!(error.message().contains(needed.as_str()), "{what}: {error}");
            }
        }
    }
}

#[tokio::test]
async fn another_organizations_things_are_not_there() {
    let world = World::new().await;
    let things = things(&world).await;
    let told = world.told().await.len();
    let stranger = world.organization("Stranger").await;
    for (what, _, result) in with_ids(&world, &stranger, &things).await {
        assert_eq!(result.expect_err(what).code(), ErrorCode::NotFound, "{what}");
    }
    assert_eq!(world.told().await.len(), told + 1, "only the experience that was made meanwhile");
    let (app, page, key) = (&world.app, PageRequest::default(), SortKey::Updated);
    let consumers = app.consumers(&stranger, ConsumerFilter::default(), key, page).await.unwrap();
    let orders = app.orders(&stranger, OrderFilter::default(), key, page).await.unwrap();
    assert_eq!((consumers.items, orders.items), (vec![], vec![]));
    let experiences = app.experiences(&stranger, ExperienceFilter::default(), page).await.unwrap();
    let products = app.products(&stranger, page).await.unwrap();
    assert_eq!((experiences.items, products.items), (vec![], vec![]));
}
