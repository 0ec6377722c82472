//! Products: what is launched, enough of it to be referred to.

use fanfare_model::launch::{Metadata, Product};
use fanfare_model::{ProductId, Scope, limits};
use fanfare_store::{Page, PageRequest};

use super::fields::kept;
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, Change, ErrorCode};

/// A product to create.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewProduct {
    /// Its name: 1 to [`limits::NAME`] characters.
    pub name: String,
    /// Where it can be seen: an http or https URL.
    pub url: Option<String>,
    /// At most [`limits::METADATA`] bytes of JSON.
    pub metadata: Option<Metadata>,
}

/// Changes to a product; what is not named stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateProduct {
    /// Its name.
    pub name: Option<String>,
    /// Where it can be seen.
    pub url: Change<String>,
    /// What the organization keeps with it, all of it.
    pub metadata: Change<Metadata>,
}

impl App {
    /// Creates a product. Needs `experiences:write`.
    pub async fn create_product(
        &self,
        caller: &Caller,
        new: NewProduct,
    ) -> Result<Product, AppError> {
        caller.require(Scope::ExperiencesWrite)?;
        let mut complaints = Complaints::default();
        let name = complaints.text("name", &new.name, limits::NAME);
        let url = new.url.and_then(|url| complaints.link("url", url));
        let metadata = new.metadata.and_then(|metadata| complaints.metadata(metadata));
        complaints.judge()?;
        let name = name.unwrap_or_default();
        self.transact(caller, move |step| {
            let product = Product {
                id: step.id(),
                name: name.clone(),
                url: url.clone(),
                metadata: metadata.clone(),
                created_at: step.now,
                updated_at: step.now,
            };
            step.tx.put_product(&product)?;
            step.tell(("product.created", "product", product.id), None, Some(&product))?;
            Ok(product)
        })
        .await
    }

    /// Products. Needs `experiences:read`.
    pub async fn products(
        &self,
        caller: &Caller,
        page: PageRequest,
    ) -> Result<Page<Product>, AppError> {
        caller.require(Scope::ExperiencesRead)?;
        Ok(self.store().products(caller.organization_id, page).await?)
    }

    /// One product. Needs `experiences:read`.
    pub async fn product(&self, caller: &Caller, id: ProductId) -> Result<Product, AppError> {
        caller.require(Scope::ExperiencesRead)?;
        let product = self.store().product(caller.organization_id, id).await?;
        product.ok_or_else(not_found)
    }

    /// Changes the fields that are named. Needs `experiences:write`.
    pub async fn update_product(
        &self,
        caller: &Caller,
        id: ProductId,
        update: UpdateProduct,
    ) -> Result<Product, AppError> {
        caller.require(Scope::ExperiencesWrite)?;
        let mut complaints = Complaints::default();
        let name = update.name.and_then(|name| complaints.text("name", &name, limits::NAME));
        let url = update.url.map(|url| complaints.link("url", url));
        let metadata = update.metadata.map(|metadata| complaints.metadata(metadata));
        complaints.judge()?;
        self.transact(caller, move |step| {
            let before = step.tx.product(id)?.ok_or_else(not_found)?;
            let mut product = Product {
                name: kept(&name, &before.name),
                url: kept(&url, &before.url),
                metadata: kept(&metadata, &before.metadata),
                ..before.clone()
            };
            if product != before {
                product.updated_at = step.now;
                step.tx.put_product(&product)?;
                step.tell(("product.updated", "product", id), Some(&before), Some(&product))?;
            }
            Ok(product)
        })
        .await
    }

    /// Removes a product. Needs `experiences:write`. [`ErrorCode::Conflict`] while an
    /// experience, a distribution or an order names it.
    pub async fn delete_product(&self, caller: &Caller, id: ProductId) -> Result<(), AppError> {
        caller.require(Scope::ExperiencesWrite)?;
        self.transact(caller, move |step| {
            let product = step.tx.product(id)?.ok_or_else(not_found)?;
            if step.tx.product_is_used(id)? {
                let message = "an experience, a distribution or an order names this product; \
                               it stays for as long as they do";
                return Err(AppError::new(ErrorCode::Conflict, message).into());
            }
            step.tx.delete_product(id)?;
            step.tell(("product.deleted", "product", id), Some(&product), None)
        })
        .await
    }
}

fn not_found() -> AppError {
    AppError::not_found("product")
}
