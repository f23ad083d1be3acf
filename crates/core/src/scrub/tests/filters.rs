//! What requests are filtered for.

use super::*;

fn filters(names: &[&str]) -> ScrubRules {
    ScrubRules {
        request_names: names.iter().map(|name| (*name).to_owned()).collect(),
        ..ScrubRules::default()
    }
}

fn stored(rules: &ScrubRules, body: &str) -> String {
    let mut one = interaction(body, "");
    Scrubber::new(rules).unwrap().interaction(&mut one, &mut Vault::default());
    String::from_utf8_lossy(&one.request.body.bytes()).into_owned()
}

/// As it is compared.
fn compared(rules: &ScrubRules, target: &str, body: &str) -> (String, String) {
    let scrubber = Scrubber::new(rules).unwrap();
    match scrubber.comparable(target, &Headers::new(), body.as_bytes()) {
        Some(found) => (found.target, String::from_utf8(found.body).unwrap()),
        None => (target.to_owned(), body.to_owned()),
    }
}

#[test]
fn all_of_it_goes_whatever_it_is() {
    let rules = filters(&["user", "Ünï"]);
    for value in [
        "\"acme\"",
        "4711",
        "true",
        "null",
        "\"\"",
        "\"hidden-acme\"",
        "-1e5",
        "NaN",
        "{}",
        "[]",
        "[\"acme\", {\"a\": 1}]",
        "{\"acme\": {\"acme\": \"},\\\"\"}}",
        "\"a\\\\\"",
    ] {
        for (before, after) in
            [("", ""), ("\"a\": 1, ", ""), ("", ", \"b\": [1]"), ("\"a\": NaN ,", ",\"b\":2")]
        {
            let body = format!("{{{before}\"user\" : {value} {after}}}");
            assert_eq!(
                stored(&rules, &body),
                format!("{{{before}\"user\" : \"SCRUBBED\" {after}}}"),
                "{body}"
            );
            let (_, left) = compared(&rules, "/p", &body);
            let value: serde_json::Value = serde_json::from_str(&left.replace("NaN", "0")).unwrap();
            assert!(value.get("user").is_none(), "{left}");
            assert_eq!(value.get("b").is_some(), after.contains('b'), "{left}");
        }
    }
    assert_eq!(
        stored(&rules, r#"{"us\u0065r":1,"user":2,"\u00dcn\u00ef":3}"#).matches("SCRUBBED").count(),
        3
    );
    assert_eq!(stored(&rules, "\u{feff}{\"user\":\"acme\"}"), "\u{feff}{\"user\":\"SCRUBBED\"}");
    assert_eq!(stored(&rules, r#"{"user":"acme"#), r#"{"user":"SCRUBBED""#);
    assert_eq!(compared(&rules, "/p", r#"{"user":1,"user":2}"#).1, "{}");
}

#[test]
fn what_is_not_at_the_top_stays() {
    let rules = filters(&["user", "model"]);
    let body = r#"{"tools":[{"model":"m"}],"a":{"user":"u"},"User":"u","b":"\"user\":1"}"#;
    assert_eq!(stored(&rules, body), body);
    assert_eq!(stored(&rules, r#"[{"user":"u"}]"#), r#"[{"user":"u"}]"#);
}

#[test]
fn the_answer_stays_and_nothing_is_learned() {
    let rules = ScrubRules {
        request_headers: vec!["X-Tenant".to_owned(), "Content-Type".to_owned()],
        ..filters(&["tenant"])
    };
    let answer = r#"{"tenant":"acme-77-corp"}"#;
    let mut one = interaction(r#"{"tenant":"acme-77-corp"}"#, answer);
    one.request.url = "https://h/p?a=1&tenant=acme-77-corp&Tenant=b#tenant=c".to_owned();
    one.request.headers = headers(&[("x-tenant", "acme-77-corp"), ("content-type", "application/json")]);
    one.response.headers = headers(&[("x-tenant", "acme-77-corp")]);
    Scrubber::new(&rules).unwrap().interaction(&mut one, &mut Vault::default());
    assert_eq!(one.request.url, "https://h/p?a=1&tenant=SCRUBBED&Tenant=b#tenant=c");
    assert_eq!(one.request.headers, headers(&[("content-type", "application/json")]));
    assert_eq!(one.response.headers, headers(&[("x-tenant", "acme-77-corp")]));
    assert_eq!(one.response.body, answer);
}

#[test]
fn a_secret_is_one_still() {
    let rules = filters(&["api_key", "metadata"]);
    let secret = "Pa55word-hunter-77";
    let bodies =
        [format!("{{\"api_key\":\"{secret}\"}}"), format!("{{\"metadata\":{{\"api_key\":\"{secret}\"}}}}")];
    for body in bodies {
        let mut one = interaction(&body, &format!("{{\"echo\":\"{secret}\"}}"));
        Scrubber::new(&rules).unwrap().interaction(&mut one, &mut Vault::default());
        let told = String::from_utf8_lossy(&one.response.body).into_owned();
        assert!(
            !told.contains(secret) && !one.request.body.bytes().windows(8).any(|part| part == b"Pa55word"),
            "{told}"
        );
    }
}

#[test]
fn what_is_kept_is_kept() {
    let rules = ScrubRules { keep: vec!["user".to_owned()], ..filters(&["user"]) };
    assert_eq!(stored(&rules, r#"{"user":"u"}"#), r#"{"user":"u"}"#);
}

#[test]
fn forms_and_parts_are_filtered_too() {
    let rules = filters(&["user", "a b"]);
    assert_eq!(
        stored(&rules, "x=1&user=acme&a+b=2&%75ser=3&users=4"),
        "x=1&user=SCRUBBED&a+b=SCRUBBED&%75ser=SCRUBBED&users=4"
    );
    for (body, left) in [
        ("user=a&x=1", "x=1"),
        ("x=1&user=a", "x=1"),
        ("x=1&user=a&a+b=2&y=2", "x=1&y=2"),
        ("x=1&user=a&user=b", "x=1"),
    ] {
        assert_eq!(
            compared(&rules, &format!("/p?{body}"), body),
            (format!("/p?{left}"), left.to_owned()),
            "{body}"
        );
    }
    let part = |value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\n{value}\r\n--b--\r\n")
    };
    assert_eq!(stored(&rules, &part("acme")), part("SCRUBBED"));
    assert_eq!(compared(&rules, "/p", &part("acme")).1, part("SCRUBBED"));
}
