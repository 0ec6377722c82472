//! Products.

use fanfare_app::{Change, NewProduct, UpdateProduct};
use fanfare_model::launch::{Metadata, Product};
use fanfare_model::{ProductId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::given;

/// Something that is launched.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Product)]
pub(crate) struct ProductJson {
    /// Its id.
    #[schema(value_type = String, example = "prod_01h455vb4pex5vsknk084sn02q")]
    pub(crate) id: ProductId,
    /// Its name.
    #[schema(example = "Air Max 1")]
    name: String,
    /// Where it can be seen.
    #[schema(required, example = "https://shop.example.com/air-max-1")]
    url: Option<String>,
    /// What you keep with it.
    #[schema(value_type = Option<Object>, required)]
    metadata: Option<Metadata>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Product> for ProductJson {
    fn from(product: Product) -> Self {
        let Product { id, name, url, metadata, created_at, updated_at } = product;
        Self { id, name, url, metadata, created_at, updated_at }
    }
}

/// A product to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateProduct, example = json!({
    "name": "Air Max 1", "url": "https://shop.example.com/air-max-1"
}))]
pub(crate) struct CreateProductBody {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Where it can be seen: an http or https URL.
    #[serde(default)]
    #[schema(max_length = 2048)]
    url: Option<String>,
    /// What you keep with it: at most 16 KiB of JSON.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Metadata>,
}

impl From<CreateProductBody> for NewProduct {
    fn from(body: CreateProductBody) -> Self {
        Self { name: body.name, url: body.url, metadata: body.metadata }
    }
}

/// Changes to a product. What is left out stays as it is; `null` removes what may be missing.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateProduct, example = json!({"name": "Air Max 1 '86"}))]
pub(crate) struct UpdateProductBody {
    /// Its name.
    #[serde(default, deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Where it can be seen.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 2048)]
    url: Change<String>,
    /// What you keep with it, all of it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Change<Metadata>,
}

impl From<UpdateProductBody> for UpdateProduct {
    fn from(body: UpdateProductBody) -> Self {
        Self { name: body.name, url: body.url, metadata: body.metadata }
    }
}
