//! The interface of the server for fuzz targets.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::runtime::Runtime;

use super::{Arguments, api};

/// A server that answers requests without sockets.
#[derive(Debug)]
pub struct Server {
    router: Router,
    runtime: Runtime,
}

impl Server {
    pub(crate) fn new(arguments: &Arguments) -> anyhow::Result<Self> {
        let router = api::router(Arc::new(arguments.app()?), &arguments.cors)?;
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        Ok(Self { router, runtime: runtime.worker_threads(1).enable_all().build()? })
    }

    /// Sends a POST request, and returns status and body of the answer.
    pub fn post(
        &self,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> anyhow::Result<(u16, Vec<u8>)> {
        let request = Request::post(path).header(CONTENT_TYPE, content_type);
        let request = request.body(Body::from(body.to_vec()))?;
        let router = TowerToHyperService::new(self.router.clone());
        self.runtime.block_on(async {
            let response = router.call(request).await?;
            let status = response.status().as_u16();
            Ok((status, response.into_body().collect().await?.to_bytes().to_vec()))
        })
    }
}
