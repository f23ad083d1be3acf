use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

fn rule(text: &str) -> LimitRule {
    text.parse().unwrap()
}

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn call(input: u64, most_output: u64) -> Cost {
    Cost { input, most_output }
}

/// Takes what a call costs where there is enough.
fn admit(account: &mut Account, cost: Cost, now: Duration) -> Result<(), Exceeded> {
    match account.exceeded(cost, now) {
        Some(exceeded) => Err(exceeded),
        None => {
            account.take(cost, now);
            Ok(())
        }
    }
}

fn left(account: &mut Account, counted: Counted, now: Duration) -> u64 {
    account.allowances(now).find(|allowance| allowance.counted == counted).unwrap().remaining
}

#[test]
fn one_grammar_for_texts_and_tables() {
    let text = "rpm=3,tpm=1000,itpm=800,otpm=200,concurrent=4,budget=10req,model=gpt-5*,per=key,window=1m30s";
    let table = json!({
        "rpm": 3, "tpm": 1000, "itpm": 800, "otpm": 200, "concurrent": 4, "budget": "10req",
        "model": "gpt-5*", "per": "key", "window": "1m30s",
    });
    let rule = rule(text);
    assert_eq!(rule.to_string(), text);
    assert_eq!(serde_json::to_value(&rule).unwrap(), table);
    assert_eq!(serde_json::from_value::<LimitRule>(table).unwrap(), rule);
    assert_eq!(serde_json::from_value::<LimitRule>(json!(text)).unwrap(), rule);
    let spaced: LimitRule = " per = key+model , rpm = 3 , window=60s ".parse().unwrap();
    assert_eq!(spaced.to_string(), "rpm=3");
    assert_eq!("budget=0".parse::<LimitRule>().unwrap().to_string(), "budget=0");
}

#[test]
fn what_is_wrong_is_said_with_what_is_right() {
    for (text, said) in [
        ("rpn=3", "did you mean `rpm`?"),
        ("request=3", "a limit has no `request`: use rpm, tpm"),
        ("60", "`60` is not a limit: write KEY=VALUE"),
        ("", "KEY=VALUE"),
        ("rpm=0", "`rpm` cannot be `0`: it is a whole number from 1"),
        ("tpm=-1", "`tpm` cannot be `-1`"),
        ("tpm=1000000000000001", "to 1000000000000000"),
        ("budget=ten", "100000, or calls, as in 10req"),
        ("budget=1,budget=1req", "`budget` is there twice"),
        ("rpm=1,rpm=2", "`rpm` is there twice"),
        ("rpm=1,per=user", "key, model, key+model or all"),
        ("rpm=1,window=10", "from 1ms to 24h"),
        ("rpm=1,window=0s", "from 1ms to 24h"),
        ("rpm=1,window=25h", "from 1ms to 24h"),
        ("rpm=1,model=", "in which * stands for anything"),
        ("model=gpt-5", "`model=gpt-5` limits nothing"),
    ] {
        let error = text.parse::<LimitRule>().unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
    for (table, said) in [
        (json!({"rmp": 3}), "did you mean `rpm`?"),
        (json!({"rpm": -3}), "`rpm` cannot be `-3`"),
        (json!({"rpm": 1.5}), "a whole number or a text"),
        (json!({"rpm": 1, "model": "a,b"}), "without commas"),
        (json!({}), "limits nothing"),
        (json!(60), "{rpm: 60, tpm: 10000}"),
    ] {
        let error = serde_json::from_value::<LimitRule>(table.clone()).unwrap_err().to_string();
        assert!(error.contains(said), "{table}: {error}");
    }
}

#[test]
fn callers_share_what_their_rule_says() {
    let same = |per: &str, one: (&str, &str), other: (&str, &str)| {
        let rule = rule(&format!("rpm=1,per={per}"));
        rule.scope(one.0, Some(one.1)) == rule.scope(other.0, Some(other.1))
    };
    for (per, by_key, by_model) in
        [("key", true, false), ("model", false, true), ("key+model", true, true), ("all", false, false)]
    {
        assert_eq!(same(per, ("a", "m"), ("b", "m")), !by_key, "{per}");
        assert_eq!(same(per, ("a", "m"), ("a", "n")), !by_model, "{per}");
        assert!(same(per, ("a", "m"), ("a", "m")), "{per}");
    }
    assert!(!same("key+model", ("a", "bc"), ("ab", "c")));
    let mini = rule("rpm=1,model=gpt-*-mini");
    let is_for = [Some("gpt-5-mini"), Some("gpt-5"), None].map(|model| mini.is_for(model));
    assert_eq!(is_for, [true, false, false]);
    assert!(rule("rpm=1").is_for(None));
}

#[test]
fn requests_come_back_one_by_one() {
    let mut account = Account::new(&rule("rpm=3"), at(0));
    for _ in 0..3 {
        assert_eq!(admit(&mut account, call(0, 0), at(0)), Ok(()));
    }
    let exceeded = admit(&mut account, call(0, 0), at(1_000)).unwrap_err();
    assert_eq!(exceeded.retry_after, Some(at(19_000)));
    assert_eq!((exceeded.requested, exceeded.allowance.used(), exceeded.allowance.limit), (1, 3, 3));
    assert_eq!(exceeded.allowance.reset, at(59_000));
    assert_eq!(admit(&mut account, call(0, 0), at(20_000)), Ok(()));
    assert!(admit(&mut account, call(0, 0), at(20_001)).is_err());
}

#[test]
fn tokens_are_asked_for_and_then_settled() {
    let mut account = Account::new(&rule("tpm=1000"), at(0));
    let cost = call(100, 600);
    assert_eq!(admit(&mut account, cost, at(0)), Ok(()));
    assert_eq!(admit(&mut account, cost, at(0)).unwrap_err().requested, 700);
    account.settle(cost, 50, at(0));
    assert_eq!(left(&mut account, Counted::Tokens, at(0)), 850);
    // An answer may be longer than what is left: what follows waits for it.
    let open = call(100, 0);
    assert_eq!(admit(&mut account, open, at(0)), Ok(()));
    account.settle(open, 1_000, at(0));
    let exceeded = admit(&mut account, call(0, 0), at(0)).unwrap_err();
    assert_eq!((exceeded.allowance.remaining, exceeded.retry_after), (0, Some(at(15_060))));
    // More than there ever is.
    assert_eq!(admit(&mut account, call(900, 200), at(0)).unwrap_err().retry_after, None);
    // Nothing was said.
    let mut account = Account::new(&rule("tpm=1000"), at(0));
    account.take(cost, at(0));
    account.unsaid(cost);
    assert_eq!(left(&mut account, Counted::Tokens, at(0)), 900);
}

#[test]
fn prompts_and_answers_are_counted_apart() {
    let mut account = Account::new(&rule("itpm=100,otpm=50"), at(0));
    let cost = call(60, 4_096);
    assert_eq!(admit(&mut account, cost, at(0)), Ok(()));
    assert_eq!(admit(&mut account, cost, at(0)).unwrap_err().allowance.counted, Counted::InputTokens);
    account.settle(cost, 75, at(0));
    assert_eq!(left(&mut account, Counted::InputTokens, at(0)), 40);
    let exceeded = admit(&mut account, call(1, 0), at(0)).unwrap_err();
    assert_eq!((exceeded.allowance.counted, exceeded.retry_after), (Counted::OutputTokens, Some(at(31_200))));
}

#[test]
fn slots_come_back_when_calls_end() {
    let mut account = Account::new(&rule("concurrent=2"), at(0));
    assert_eq!(admit(&mut account, call(0, 0), at(0)), Ok(()));
    assert_eq!(admit(&mut account, call(0, 0), at(0)), Ok(()));
    let exceeded = admit(&mut account, call(0, 0), at(3_600_000)).unwrap_err();
    assert_eq!((exceeded.allowance.counted, exceeded.retry_after), (Counted::Concurrent, Some(at(1_000))));
    account.release();
    assert!(account.is_running());
    assert_eq!(admit(&mut account, call(0, 0), at(0)), Ok(()));
    account.release();
    account.release();
    assert!(!account.is_running() && account.is_unused(at(0)));
}

#[test]
fn a_budget_never_comes_back() {
    let mut account = Account::new(&rule("budget=100"), at(0));
    let cost = call(90, 1_000);
    assert_eq!(admit(&mut account, cost, at(0)), Ok(()));
    assert_eq!(admit(&mut account, cost, at(0)), Ok(()), "while anything is left");
    account.settle(cost, 20, at(0));
    let exceeded = admit(&mut account, call(0, 0), at(u64::MAX / 1_000_000)).unwrap_err();
    assert_eq!((exceeded.retry_after, exceeded.allowance.used()), (None, 100));
    let mut account = Account::new(&rule("budget=2req"), at(0));
    let outcomes = [(); 3].map(|()| admit(&mut account, call(1_000, 1_000), at(0)).is_ok());
    assert_eq!(outcomes, [true, true, false]);
    assert!(admit(&mut Account::new(&rule("budget=0"), at(0)), call(0, 0), at(0)).is_err());
}

#[test]
fn of_several_limits_the_one_that_lasts_longest_is_told() {
    let mut account = Account::new(&rule("rpm=1,tpm=60,budget=1req"), at(0));
    account.take(call(60, 0), at(0));
    assert_eq!(account.exceeded(call(1, 0), at(0)).unwrap().allowance.counted, Counted::BudgetRequests);
    let mut account = Account::new(&rule("rpm=1,tpm=60"), at(0));
    account.take(call(60, 0), at(0));
    assert_eq!(account.exceeded(call(1, 0), at(0)).unwrap().allowance.counted, Counted::Requests);
    assert_eq!(account.exceeded(call(61, 0), at(0)).unwrap().allowance.counted, Counted::Tokens);
}

#[test]
fn the_tightest_of_several_rules_is_shown() {
    let allowance = |counted, limit, remaining| Allowance { counted, limit, remaining, reset: at(0) };
    let standing = Standing {
        allowances: vec![
            allowance(Counted::Requests, 10, 9),
            allowance(Counted::Requests, 100, 3),
            allowance(Counted::Tokens, 50, 1),
        ],
    };
    assert_eq!(standing.tightest(&[Counted::Requests]).map(|found| found.limit), Some(100));
    assert_eq!(standing.tightest(&[Counted::Requests, Counted::Tokens]).map(|found| found.limit), Some(50));
    assert_eq!(standing.tightest(&[Counted::Budget]), None);
}

/// The pairs of any rule, some of them left out.
fn pairs() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let amount = || prop::option::of(1u64..=1_000_000_000_000_000);
    let budget = prop::option::of(prop_oneof![
        (0u64..1_000).prop_map(|tokens| json!(tokens)),
        (0u64..1_000).prop_map(|calls| json!(format!("{calls}req"))),
    ]);
    let model =
        prop::option::of("[a-z0-9*][a-z0-9*=:/.-]{0,12}").prop_map(|text| text.map(|text| json!(text)));
    let per = prop::option::of(prop::sample::select(vec!["key", "model", "all"]));
    let window = prop::option::of(1_000_000u64..=86_400_000_000_000).prop_map(|nanos| {
        nanos.filter(|nanos| *nanos != 60_000_000_000).map(|nanos| duration_text(Duration::from_nanos(nanos)))
    });
    let amounts = (1u64..1_000_000, amount(), amount(), amount(), amount());
    (amounts, budget, model, per, window).prop_map(|(amounts, budget, model, per, window)| {
        let (rpm, tpm, itpm, otpm, concurrent) = amounts;
        [
            ("rpm", Some(json!(rpm))),
            ("tpm", tpm.map(|most| json!(most))),
            ("itpm", itpm.map(|most| json!(most))),
            ("otpm", otpm.map(|most| json!(most))),
            ("concurrent", concurrent.map(|most| json!(most))),
            ("budget", budget),
            ("model", model),
            ("per", per.map(|per| json!(per))),
            ("window", window.map(|window| json!(window))),
        ]
        .into_iter()
        .filter_map(|(key, value)| value.map(|value| (key, value)))
        .collect()
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(pairs in pairs()) {
        let text: Vec<String> = pairs.iter().map(|(key, value)| match value {
            Value::String(text) => format!("{key}={text}"),
            other => format!("{key}={other}"),
        }).collect();
        let text = text.join(",");
        let table = Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
        let rule: LimitRule = text.parse().unwrap();
        prop_assert_eq!(rule.to_string(), text);
        prop_assert_eq!(serde_json::to_value(&rule).unwrap(), table.clone());
        prop_assert_eq!(serde_json::from_value::<LimitRule>(table).unwrap(), rule);
    }

    #[test]
    fn no_text_panics(text in "(rpm|tpm|budget|model|per|window|x)?=?[0-9a-z.,=µ ]{0,20}") {
        if let Ok(rule) = text.parse::<LimitRule>() {
            prop_assert_eq!(rule.to_string().parse::<LimitRule>(), Ok(rule));
        }
    }

    #[test]
    fn the_order_in_which_answers_end_does_not_matter(
        answers in prop::collection::vec((0u64..200, 0u64..200, 0u64..400), 1..12),
        order in any::<prop::sample::Index>(),
    ) {
        let rule = rule("tpm=100000,itpm=100000,otpm=100000,budget=100000,concurrent=100");
        let end = |first: usize| {
            let mut account = Account::new(&rule, at(0));
            for (input, most_output, _) in &answers {
                account.take(call(*input, *most_output), at(0));
            }
            for turn in 0..answers.len() {
                let (input, most_output, said) = answers[(first + turn) % answers.len()];
                account.settle(call(input, most_output), said, at(0));
                account.release();
            }
            account.allowances(at(0)).collect::<Vec<_>>()
        };
        let allowances = end(0);
        prop_assert_eq!(&allowances, &end(order.index(answers.len())));
        let input: u64 = answers.iter().map(|(input, _, _)| input).sum();
        let output: u64 = answers.iter().map(|(_, _, said)| said).sum();
        let used: Vec<u64> = allowances.iter().map(Allowance::used).collect();
        prop_assert_eq!(used, vec![input + output, input, output, 0, input + output]);
    }
}
