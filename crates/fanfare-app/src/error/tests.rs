use fanfare_store::EditRefused;

use super::*;

#[test]
fn codes_are_distinct_words_in_snake_case() {
    let mut seen = std::collections::HashSet::new();
    for code in ErrorCode::ALL {
        let text = code.as_str();
        assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{text}");
        assert!(seen.insert(text), "{text} twice");
        assert!(code.meaning().ends_with('.'), "{text}");
    }
}

#[test]
fn customers_never_read_what_is_meant_for_operators() {
    let error = AppError::from(StoreError::Failed("/var/lib/fanfare.db: disk I/O error".into()));
    assert_eq!(error.code(), ErrorCode::Internal);
    assert!(!error.message().contains("/var/lib") && !error.to_string().contains("/var/lib"));
    assert!(error.context().is_some_and(|context| context.for_log().contains("/var/lib")));
}

#[test]
fn a_store_that_is_away_asks_to_wait() {
    let error = AppError::from(StoreError::Unavailable("database is locked".into()));
    assert_eq!(error.code(), ErrorCode::Unavailable);
    assert!(error.retry_after().is_some_and(|wait| !wait.is_zero()));
    assert!(!error.message().contains("locked"));
}

#[test]
fn a_refused_edit_keeps_its_code_and_unknown_codes_are_conflicts() {
    let refused = |code| {
        let message = "cannot".to_owned();
        AppError::from(StoreError::Refused(EditRefused { code, message })).code()
    };
    assert_eq!(refused("illegal_transition"), ErrorCode::IllegalTransition);
    assert_eq!(refused("webhook_disabled"), ErrorCode::Conflict);
}
