//! Experiences.

use fanfare_app::{Change, NewExperience, UpdateExperience};
use fanfare_model::launch::{Experience, ExperienceStatus, Metadata};
use fanfare_model::{ExperienceId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::given;

/// A launch as a whole.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Experience)]
pub(crate) struct ExperienceJson {
    /// Its id.
    #[schema(value_type = String, example = "exp_01h455vb4pex5vsknk084sn02q")]
    id: ExperienceId,
    /// Its name.
    #[schema(example = "Summer Drop")]
    name: String,
    /// Its name as it stands in addresses; unique.
    #[schema(example = "summer-drop")]
    slug: String,
    /// `draft` until it has a time at which it opens, then `scheduled`; `active` while it is
    /// live; `completed` or `cancelled` when it is over.
    #[schema(value_type = ExperienceStatusText)]
    status: ExperienceStatus,
    /// When it opens by itself; `null`: by hand.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    open_at: Option<Timestamp>,
    /// When it closes by itself; `null`: by hand.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    close_at: Option<Timestamp>,
    /// The time zone of its dates (IANA).
    #[schema(required, example = "Europe/Paris")]
    time_zone: Option<String>,
    /// The products that are launched.
    #[schema(value_type = Vec<String>, example = json!(["prod_01h455vb4pex5vsknk084sn02q"]))]
    product_ids: Vec<ProductId>,
    /// Who created it: the id of an API key.
    #[schema(required, example = "key_01h455vb4pex5vsknk084sn02q")]
    created_by: Option<String>,
    /// What you keep with it.
    #[schema(value_type = Option<Object>, required)]
    metadata: Option<Metadata>,
    /// When it went live.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    activated_at: Option<Timestamp>,
    /// When it was over or called off.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    ended_at: Option<Timestamp>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// Where an experience stands.
#[derive(ToSchema)]
#[schema(as = ExperienceStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum ExperienceStatusText {
    Draft,
    Scheduled,
    Active,
    Completed,
    Cancelled,
}

impl From<Experience> for ExperienceJson {
    fn from(experience: Experience) -> Self {
        Self {
            id: experience.id,
            name: experience.name,
            slug: experience.slug,
            status: experience.status,
            open_at: experience.open_at,
            close_at: experience.close_at,
            time_zone: experience.time_zone,
            product_ids: experience.product_ids,
            created_by: experience.created_by,
            metadata: experience.metadata,
            activated_at: experience.activated_at,
            ended_at: experience.ended_at,
            created_at: experience.created_at,
            updated_at: experience.updated_at,
        }
    }
}

/// An experience to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateExperience, example = json!({
    "name": "Summer Drop",
    "openAt": "2030-06-20T15:00:00Z",
    "closeAt": "2030-06-20T18:00:00Z",
    "timeZone": "Europe/Paris"
}))]
pub(crate) struct CreateExperienceBody {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Its name as it stands in addresses: lower-case letters, digits and single hyphens between
    /// them. `409` when it is taken; left out: made from the name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    slug: Option<String>,
    /// When it opens by itself. With it the experience is `scheduled`, without it a `draft`.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    open_at: Option<Timestamp>,
    /// When it closes by itself, after `openAt`.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    close_at: Option<Timestamp>,
    /// The time zone of its dates: a name of the IANA database.
    #[serde(default)]
    time_zone: Option<String>,
    /// The products that are launched, at most 100.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 100)]
    product_ids: Vec<ProductId>,
    /// What you keep with it: at most 16 KiB of JSON.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Metadata>,
}

impl From<CreateExperienceBody> for NewExperience {
    fn from(body: CreateExperienceBody) -> Self {
        Self {
            name: body.name,
            slug: body.slug,
            open_at: body.open_at,
            close_at: body.close_at,
            time_zone: body.time_zone,
            product_ids: body.product_ids,
            metadata: body.metadata,
        }
    }
}

/// Changes to an experience. What is left out stays as it is; `null` removes what may be missing.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateExperience, example = json!({"closeAt": "2030-06-20T19:00:00Z"}))]
pub(crate) struct UpdateExperienceBody {
    /// Its name.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Its name as it stands in addresses.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 200)]
    slug: Option<String>,
    /// When it opens by itself. Setting it schedules a draft, `null` makes a draft of a scheduled
    /// one; `409` once it is live.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    open_at: Change<Timestamp>,
    /// When it closes by itself; `409` once it is over.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    close_at: Change<Timestamp>,
    /// The time zone of its dates.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    time_zone: Change<String>,
    /// The products that are launched, all of them.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>, max_items = 100)]
    product_ids: Option<Vec<ProductId>>,
    /// What you keep with it, all of it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Change<Metadata>,
}

impl From<UpdateExperienceBody> for UpdateExperience {
    fn from(body: UpdateExperienceBody) -> Self {
        Self {
            name: body.name,
            slug: body.slug,
            open_at: body.open_at,
            close_at: body.close_at,
            time_zone: body.time_zone,
            product_ids: body.product_ids,
            metadata: body.metadata,
        }
    }
}
