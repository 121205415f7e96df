//! The routes: requests → scores.

use std::num::NonZero;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize, Serializer};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoParams, Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app::App;
use super::body::read_json;
use super::connections::Peer;
use super::failure::{Failure, FailureBody};
use super::limits::Limits;
#[cfg(feature = "scrape")]
use super::live;
use super::metrics;
use super::observe::observe;
use super::rate::Client;
use crate::model::IdentifiedModel;
use undertone::answer::ByLabel;
use undertone::link::highest;

/// The length in bytes of all texts of a request above which they are scored on a blocking thread,
/// where they hold no other request up.
const INLINE_BYTES: usize = 16 << 10;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Undertone",
        description = "The sentiment of news headlines. Nothing that is sent is kept or logged.",
    ),
    modifiers(&KeySchemes),
)]
struct Document;

/// The security schemes of the API description: how a client sends its key, on servers with keys.
struct KeySchemes;

impl Modify for KeySchemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let header = ApiKey::Header(ApiKeyValue::new("X-API-Key"));
        components.add_security_scheme("header", SecurityScheme::ApiKey(header));
    }
}

/// The router: every route with its limits, and the document that describes them.
pub(super) fn router(app: Arc<App>, origins: &[HeaderValue]) -> anyhow::Result<Router> {
    let mut scoring = OpenApiRouter::new().routes(routes!(predict)).routes(routes!(classify));
    if app.rate.is_some() {
        scoring = scoring.route_layer(middleware::from_fn_with_state(app.clone(), limit_rate));
    }
    let mut guarded = scoring.routes(routes!(exposition));
    if app.keys.is_some() || app.rate.is_some() {
        guarded = guarded.route_layer(middleware::from_fn_with_state(app.clone(), know_client));
    }
    let mut described =
        OpenApiRouter::with_openapi(Document::openapi()).merge(guarded).routes(routes!(health));
    #[cfg(feature = "scrape")]
    if app.live.is_some() {
        let mut live = live::routes();
        if app.rate.is_some() {
            live = live
                .route_layer(middleware::from_fn_with_state(app.clone(), limit_rate))
                .route_layer(middleware::from_fn(know_address));
        }
        described = described.merge(live);
    }
    let (router, document) = described.split_for_parts();
    let document = axum::body::Bytes::from(serde_json::to_vec_pretty(&document)?);
    let document_type = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let router = router
        .route("/openapi.json", get(async move || (document_type, document)))
        .route("/docs", get(async || docs("text/html", include_str!("docs.html"))))
        .route("/docs.css", get(async || docs("text/css", include_str!("docs.css"))))
        .route("/docs.js", get(async || docs("text/javascript", include_str!("docs.js"))))
        .fallback(page_file)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(app.clone())
        .layer(CatchPanicLayer::custom(|_| {
            let message = "expected an answer, found a fault of the server; please report it";
            Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", message).into_response()
        }));
    Ok(match cors(origins) {
        Some(cors) => router.layer(cors),
        None => router,
    }
    .layer(middleware::from_fn_with_state(app, observe)))
}

fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let origins = match origins {
        [] => return None,
        origins if origins.iter().any(|origin| origin == "*") => AllowOrigin::any(),
        origins => AllowOrigin::list(origins.iter().cloned()),
    };
    let key = HeaderName::from_static("x-api-key");
    Some(
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE, key])
            .expose_headers([RETRY_AFTER])
            .max_age(std::time::Duration::from_secs(600)),
    )
}

/// A file of a page that is built in, with a policy by which it may load its own script and style
/// and send requests to this server, nothing else.
pub(super) fn docs(content_type: &'static str, text: &'static str) -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                  img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (CONTENT_TYPE, format!("{content_type}; charset=utf-8")),
        (HeaderName::from_static("content-security-policy"), policy.to_owned()),
    ];
    (headers, text).into_response()
}

async fn page_file(State(app): State<Arc<App>>, request: Request) -> Response {
    let path = request.uri().path();
    if matches!(*request.method(), Method::GET | Method::HEAD)
        && let Some(file) = app.page.answer(path, request.headers())
    {
        return file;
    }
    let failure = if path == "/" {
        Failure::new(
            StatusCode::NOT_FOUND,
            "no_page",
            "this server was built without the web page; the API is described at /docs. \
             `cargo xtask binary` builds one with it, `--page DIR` serves it from a folder",
        )
    } else {
        Failure::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "expected a path that /docs describes, found another",
        )
    };
    failure.into_response()
}

async fn method_not_allowed(uri: Uri) -> Failure {
    let expected = if matches!(uri.path(), "/predict" | "/classify") { "POST" } else { "GET" };
    Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        format!("expected the method {expected}, found another"),
    )
}

/// The middleware that identifies the client: by its key if the server has keys, refusing requests
/// without one, or else by its address.
async fn know_client(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let client = match &app.keys {
        Some(keys) => {
            let name = keys.load().name(request.headers()).ok_or_else(|| {
                Failure::new(
                    StatusCode::UNAUTHORIZED,
                    "unauthorized",
                    "expected a valid key in `Authorization: Bearer KEY` or `X-API-Key: KEY`",
                )
                .with_header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
            })?;
            Some(Client::Key(name))
        }
        None => request.extensions().get().map(|Peer(peer)| Client::at(peer.ip())),
    };
    if let Some(client) = client {
        request.extensions_mut().insert(client);
    }
    Ok(next.run(request).await)
}

/// The middleware that knows the client of an open route: by its address, whether or not there are
/// keys.
#[cfg(feature = "scrape")]
async fn know_address(mut request: Request, next: Next) -> Response {
    if let Some(Peer(peer)) = request.extensions().get().copied() {
        request.extensions_mut().insert(Client::at(peer.ip()));
    }
    next.run(request).await
}

/// The middleware that limits the rate of a client; runs after `know_client` or `know_address`.
async fn limit_rate(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    if let (Some(rate), Some(client)) = (&app.rate, request.extensions().get::<Client>()) {
        rate.check(client).map_err(|wait| {
            let seconds = wait.as_secs() + 1;
            Failure::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                format!("expected fewer requests; the next is welcome in {seconds} s"),
            )
            .with_header(RETRY_AFTER, seconds.into())
        })?;
    }
    Ok(next.run(request).await)
}

/// Either `text` or `texts`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "text": "Bitcoin rallies after upbeat inflation report" }))]
struct PredictRequest {
    /// One text; the answer is its prediction.
    text: Option<String>,
    /// Several texts; the answer is a list, in the same order.
    texts: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PredictOptions {
    /// Also say what each stretch of the text adds to each label's logit.
    #[serde(default)]
    explain: bool,
    /// Also say which coins and companies the text names.
    #[serde(default)]
    names: bool,
    /// Give no label, null, where it is less probable than this or than the model's own threshold
    /// for it; 0 for that threshold alone.
    #[param(minimum = 0, maximum = 1)]
    min_confidence: Option<f64>,
    /// Give the probabilities of so many labels, the most probable ones.
    #[param(value_type = Option<usize>, minimum = 1)]
    top_k: Option<NonZero<usize>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Prediction<'a> {
    /// The most probable label; null where it is less probable than was asked for.
    #[schema(example = "positive")]
    prediction: Option<&'a str>,
    /// The labels that the text has, perhaps none, of a model that gives several: those that are at
    /// least as probable as the model's threshold for each, and as was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<&'a str>>,
    /// The probability of every label, or of as many as were asked for; all add up to 1, unless the
    /// model gives several labels.
    #[schema(value_type = BTreeMap<String, f64>)]
    probabilities: Probabilities<'a>,
    /// The share of the text that the model knows, 0 to 1.
    known: f64,
    /// Whether that is so little that the text is foreign to the model: in another language, or
    /// about something else.
    foreign: bool,
    /// The explanation, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Explanation<'a>>,
    /// The coins and companies that the text names, each once, in its order. Where it was asked
    /// for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["Bitcoin"]))]
    names: Option<Vec<&'a str>>,
}

/// The probability of every label, or of so many: those of the most probable ones, the first of
/// equals, in descending order.
#[derive(Debug)]
struct Probabilities<'a> {
    all: ByLabel<'a>,
    most: Option<NonZero<usize>>,
}

impl Serialize for Probabilities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(most) = self.most else { return self.all.serialize(serializer) };
        let (labels, values) = (self.all.labels(), self.all.values());
        let given = highest(values, most.get()).into_iter();
        serializer.collect_map(given.map(|class| (&labels[class], values[class])))
    }
}

/// The bias and all contributions of a label add up to its logit.
#[derive(Debug, Serialize, ToSchema)]
struct Explanation<'a> {
    /// The logit of every label for a text without known features.
    #[schema(value_type = BTreeMap<String, f64>)]
    bias: ByLabel<'a>,
    /// The logit of every label.
    #[schema(value_type = BTreeMap<String, f64>)]
    logits: ByLabel<'a>,
    /// The stretches of the text, with what each adds to the logits.
    contributions: Vec<Contribution<'a>>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Contribution<'a> {
    /// The stretch itself.
    text: &'a str,
    /// The beginning of the stretch, in UTF-16 code units.
    start: usize,
    /// The end of the stretch, in UTF-16 code units.
    end: usize,
    /// What the stretch adds to the logit of each label.
    #[schema(value_type = BTreeMap<String, f64>)]
    weights: ByLabel<'a>,
}

#[derive(Debug, Serialize, ToSchema)]
struct Predictions<'a> {
    predictions: Vec<Prediction<'a>>,
}

/// The answer to `text` or to `texts`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum PredictAnswer<'a> {
    One(Box<Prediction<'a>>),
    Several(Predictions<'a>),
}

/// Scores one text or several.
#[utoipa::path(
    post,
    path = "/predict",
    params(PredictOptions),
    request_body = PredictRequest,
    responses(
        (status = 200, description = "The prediction, or a list of them", body = PredictAnswer),
        (status = "4XX", description = "What was expected and what was found", body = FailureBody),
    ),
    security((), ("bearer" = []), ("header" = [])),
)]
async fn predict(
    State(app): State<Arc<App>>,
    options: Result<Query<PredictOptions>, QueryRejection>,
    request: Request<Body>,
) -> Result<Response, Failure> {
    let Query(options) = options.map_err(|error| {
        Failure::new(StatusCode::BAD_REQUEST, "invalid_query", error.body_text())
    })?;
    if let Some(found) = options.min_confidence.filter(|least| !(0.0..=1.0).contains(least)) {
        let message = format!("min_confidence: expected a number from 0 to 1, found {found}");
        return Err(Failure::new(StatusCode::BAD_REQUEST, "invalid_query", message));
    }
    let (texts, several) = match read_json(request, &app.limits).await? {
        PredictRequest { text: Some(text), texts: None } => (vec![text], false),
        PredictRequest { text: None, texts: Some(texts) } => (texts, true),
        _ => {
            return Err(Failure::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_request",
                "expected either `text`, a string, or `texts`, a list of strings",
            ));
        }
    };
    check_texts(&texts, options.explain, &app.limits)?;
    let model = app.model.load();
    let names = options.names.then(|| app.names.load());
    json_of(total_bytes(&texts), || {
        let mut predictions = score(&app, &model, &texts, &options);
        if let Some(names) = &names {
            for (prediction, text) in predictions.iter_mut().zip(&texts) {
                let found = names.find_names(text).into_iter();
                let shown = found.filter_map(|name| Some(names.names().get(name)?.as_str()));
                prediction.names = Some(shown.collect());
            }
        }
        match (several, predictions.len()) {
            (false, 1) => PredictAnswer::One(Box::new(predictions.remove(0))),
            _ => PredictAnswer::Several(Predictions { predictions }),
        }
    })
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClassifyRequest {
    /// A headline.
    #[schema(example = "Exchange halts withdrawals as losses mount")]
    title: String,
}

/// Scores one headline: every label with its probability.
#[utoipa::path(
    post,
    path = "/classify",
    request_body = ClassifyRequest,
    responses(
        (status = 200, description = "Label → probability", body = BTreeMap<String, f64>),
        (status = "4XX", description = "What was expected and what was found", body = FailureBody),
    ),
    security((), ("bearer" = []), ("header" = [])),
)]
async fn classify(
    State(app): State<Arc<App>>,
    request: Request<Body>,
) -> Result<Response, Failure> {
    let ClassifyRequest { title } = read_json(request, &app.limits).await?;
    let texts = [title];
    check_texts(&texts, false, &app.limits)?;
    let model = app.model.load();
    json_of(total_bytes(&texts), || {
        score(&app, &model, &texts, &PredictOptions::default())
            .into_iter()
            .next()
            .map(|scored| scored.probabilities)
    })
}

fn check_texts(texts: &[String], explain: bool, limits: &Limits) -> Result<(), Failure> {
    let too_large = |code, message| Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, code, message));
    if texts.len() > limits.max_batch {
        let (most, found) = (limits.max_batch, texts.len());
        return too_large(
            "batch_too_large",
            format!("expected at most {most} texts, found {found}"),
        );
    }
    let most = limits.max_text;
    let mut total = 0;
    for (index, text) in texts.iter().enumerate() {
        let found = text.chars().count();
        total += found;
        if found > most {
            return too_large(
                "text_too_long",
                format!(
                    "expected texts of at most {most} characters, found {found} in text {index}"
                ),
            );
        }
    }
    // An explanation is a few hundred times as long as its text.
    if explain && total > most {
        return too_large(
            "text_too_long",
            format!("expected at most {most} characters in all to explain, found {total}"),
        );
    }
    Ok(())
}

fn total_bytes(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}

fn score<'a>(
    app: &App,
    model: &'a IdentifiedModel,
    texts: &'a [String],
    options: &PredictOptions,
) -> Vec<Prediction<'a>> {
    let classifier = &model.classifier;
    let mut scorer = classifier.scorer();
    let scored = texts.iter().map(|text| {
        let is_sure = |prediction: &undertone::Prediction| {
            options.min_confidence.is_none_or(|least| classifier.is_sure(prediction, least))
        };
        let given = |prediction: &undertone::Prediction| {
            let least = options.min_confidence.unwrap_or_default();
            let given = classifier.given(prediction, least);
            let labels = given.map(|class| classifier.labels()[class].as_str());
            classifier.gives_several().then(|| labels.collect())
        };
        let (answer, sure, labels, explanation) = if options.explain {
            let explanation = classifier.explain(text);
            let sure = is_sure(&explanation.prediction);
            let labels = given(&explanation.prediction);
            let explained = classifier.explained_answer(text, explanation);
            let contributions = explained.contributions.into_iter().map(|part| Contribution {
                text: part.text,
                start: part.start,
                end: part.end,
                weights: part.weights,
            });
            let explanation = Explanation {
                bias: explained.bias,
                logits: explained.logits,
                contributions: contributions.collect(),
            };
            (explained.answer, sure, labels, Some(explanation))
        } else {
            let prediction = scorer.predict(text);
            let (sure, labels) = (is_sure(&prediction), given(&prediction));
            (classifier.answer(prediction), sure, labels, None)
        };
        app.metrics.text(answer.label);
        Prediction {
            prediction: sure.then_some(answer.label),
            labels,
            probabilities: Probabilities { all: answer.probabilities, most: options.top_k },
            known: answer.known,
            foreign: answer.foreign,
            explanation,
            names: None,
        }
    });
    scored.collect()
}

/// The result of `make` as JSON. For many bytes of text it runs on a blocking thread, where it
/// holds no other request up.
fn json_of<T: Serialize>(bytes: usize, make: impl FnOnce() -> T) -> Result<Response, Failure> {
    let make = || serde_json::to_vec(&make());
    let json = if bytes > INLINE_BYTES { tokio::task::block_in_place(make) } else { make() };
    let json = json.map_err(|error| {
        Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
    })?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], json).into_response())
}

#[derive(Debug, Serialize, ToSchema)]
struct Health<'a> {
    /// Always "ok": a server that is not does not answer.
    status: &'a str,
    /// The version of the server.
    version: &'a str,
    model: HealthModel<'a>,
}

#[derive(Debug, Serialize, ToSchema)]
struct HealthModel<'a> {
    /// The SHA-256 of the file of the model.
    sha256: &'a str,
    labels: &'a [String],
    features: usize,
    /// The version of the trainer.
    version: &'a str,
    /// The date of the recipe; empty if it has none.
    date: &'a str,
}

/// Whether the server answers, and with which model.
#[utoipa::path(
    get,
    path = "/health",
    responses((status = 200, description = "It answers", body = Health)),
)]
async fn health(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let model = app.model.load();
    let info = model.classifier.info();
    json_of(0, || Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
        model: HealthModel {
            sha256: &model.sha256,
            labels: info.labels,
            features: info.features,
            version: &info.provenance.version,
            date: &info.provenance.date,
        },
    })
}

/// Counters for Prometheus, in OpenMetrics' text format.
#[utoipa::path(
    get,
    path = "/metrics",
    responses((status = 200, description = "The exposition", body = String,
               content_type = "application/openmetrics-text")),
    security((), ("bearer" = []), ("header" = [])),
)]
async fn exposition(State(app): State<Arc<App>>) -> Result<Response, Failure> {
    let text = app.metrics.encode().map_err(|error| {
        Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", error.to_string())
    })?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE))], text).into_response())
}
