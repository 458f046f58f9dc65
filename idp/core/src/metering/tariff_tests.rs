use proptest::prelude::*;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn row(prefix: &str, pounds: &str, from: &str) -> TariffRow {
    TariffRow {
        id: Uuid::nil(),
        plan: "resale".to_owned(),
        channel: Channel::Sms,
        prefix: prefix.parse().unwrap(),
        unit: Unit::Message,
        unit_price: Money::parse(pounds).unwrap(),
        from: day(from),
    }
}

fn price(plan: &[TariffRow], number: &str, on: &str) -> Option<String> {
    in_force(plan, Channel::Sms, Some(number), day(on)).map(|row| row.unit_price.to_string())
}

#[test]
fn req_s0_14_a_new_price_counts_from_its_day_and_old_days_keep_theirs() {
    let mut plan = vec![row("*", "0.09", "2026-04-01")];
    let before: Vec<_> = ["2026-03-31", "2026-04-01", "2026-06-30"].map(|on| price(&plan, "+447700900123", on)).into();
    let new = row("*", "0.11", "2026-07-01");
    check(&new, &plan, day("2026-05-20")).unwrap();
    plan.push(new);
    let after: Vec<_> = ["2026-03-31", "2026-04-01", "2026-06-30"].map(|on| price(&plan, "+447700900123", on)).into();
    assert_eq!(before, after);
    assert_eq!(before, [None, Some("0.09".to_owned()), Some("0.09".to_owned())]);
    assert_eq!(price(&plan, "+447700900123", "2026-07-01"), Some("0.11".to_owned()));
}

#[test]
fn the_longest_prefix_wins_even_over_a_later_row_for_all() {
    let plan = [row("*", "0.30", "2026-08-01"), row("+44", "0.09", "2026-04-01"), row("+447624", "0.15", "2026-04-01")];
    assert_eq!(price(&plan, "+447700900123", "2026-09-01"), Some("0.09".to_owned()));
    assert_eq!(price(&plan, "+447624123456", "2026-09-01"), Some("0.15".to_owned()));
    assert_eq!(price(&plan, "+33631966543", "2026-09-01"), Some("0.30".to_owned()));
    assert_eq!(price(&plan, "+33631966543", "2026-07-31"), None);
}

#[test]
fn case_ad10_rows_that_contradict_or_re_price_are_refused() {
    let plan = [row("*", "0.09", "2026-04-01"), row("*", "0.10", "2026-10-01")];
    let today = day("2026-05-20");
    let refused = |new: &TariffRow| check(new, &plan, today).unwrap_err();
    assert_eq!(refused(&row("*", "0.11", "2026-10-01")), TariffProblem::SameDay(day("2026-10-01")));
    assert_eq!(refused(&row("*", "0.11", "2026-04-01")), TariffProblem::SameDay(day("2026-04-01")));
    for from in ["2025-01-01", "2026-05-19", "2026-05-20"] {
        assert_eq!(refused(&row("*", "0.11", from)), TariffProblem::Past(day("2026-05-21")), "{from}");
        // A row for fewer numbers takes them away from the one for all.
        assert_eq!(refused(&row("+44", "0.11", from)), TariffProblem::Past(day("2026-05-21")), "{from}");
    }
    assert_eq!(refused(&row("*", "0.11", "2037-01-01")), TariffProblem::TooFarAhead);
    assert_eq!(refused(&row("*", "100.000001", "2026-07-01")), TariffProblem::TooLarge);
    let negative = TariffRow { unit_price: Money::from_millionths(-1), ..row("*", "0", "2026-07-01") };
    assert_eq!(refused(&negative), TariffProblem::Negative);
    let by_call = TariffRow { unit: Unit::Call, ..row("*", "0.09", "2026-07-01") };
    assert_eq!(refused(&by_call), TariffProblem::Unit(Channel::Sms, Unit::Call));
    let email = TariffRow { channel: Channel::Email, ..row("+44", "0", "2026-07-01") };
    assert_eq!(refused(&email), TariffProblem::EmailPrefix);
    for name in ["", "none", "Resale", "a b", "=cmd", &"x".repeat(41)] {
        let named = TariffRow { plan: name.to_owned(), ..row("*", "0", "2026-07-01") };
        assert_eq!(refused(&named), TariffProblem::Plan, "{name}");
    }
    check(&row("*", "0.11", "2026-07-01"), &plan, today).unwrap();
    check(&row("*", "100", "2026-05-21"), &plan, today).unwrap();
}

#[test]
fn the_first_price_of_a_channel_may_begin_today_and_not_before() {
    let today = day("2026-05-20");
    check(&row("*", "0.09", "2026-05-20"), &[], today).unwrap();
    assert_eq!(check(&row("*", "0.09", "2026-05-19"), &[], today), Err(TariffProblem::Past(today)));
    // Prices of other numbers and channels do not stand in the way.
    check(&row("+44", "0.09", "2026-05-20"), &[row("+33", "0.30", "2026-04-01")], today).unwrap();
    let voice = TariffRow { channel: Channel::Voice, unit: Unit::Call, ..row("*", "0.07", "2026-05-20") };
    check(&voice, &[row("*", "0.09", "2026-04-01")], today).unwrap();
}

#[test]
fn what_is_no_prefix_is_refused() {
    for text in ["", "+", "44", "+0", "+44x", "+12345678", "**", "=44", "+٤٤"] {
        assert!(text.parse::<Prefix>().is_err(), "{text:?}");
    }
}

#[test]
fn req_s0_9_req_s0_10_req_s0_11_the_standard_plans_are_valid_and_priced_as_documented() {
    let today = day("2026-05-20");
    for plan in STANDARD_PLANS {
        let mut rows = Vec::new();
        for new in plan.rows(today) {
            check(&new, &rows, today).unwrap();
            rows.push(new);
        }
        for channel in Channel::ALL {
            assert!(in_force(&rows, *channel, Some("+447700900123"), today).is_some(), "{} {channel}", plan.name);
        }
    }
    let resale = STANDARD_PLANS[0].rows(today).into_iter().map(|row| row.unit_price.to_string()).collect::<Vec<_>>();
    assert_eq!(resale, ["0.09", "0.07", "0.00"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is added on a day that the rules allow, no day up to then changes its price.
    #[test]
    fn req_s0_14_no_row_that_is_taken_changes_a_day_that_was(
        steps in proptest::collection::vec((0_u64..40, -5_i64..60, 0_usize..4, 0_i64..1_000_000), 1..15),
    ) {
        let prefixes = ["*", "+44", "+447624", "+33"];
        let numbers = ["+447700900123", "+447624123456", "+33631966543"];
        let mut today = day("2026-01-01");
        let mut plan: Vec<TariffRow> = Vec::new();
        for (pass, ahead, prefix, millionths) in steps {
            today = today + chrono::Days::new(pass);
            let new = TariffRow {
                prefix: prefixes[prefix].parse().unwrap(),
                unit_price: Money::from_millionths(millionths),
                from: today + chrono::TimeDelta::days(ahead),
                ..row("*", "0", "2026-01-01")
            };
            let prices = |plan: &[TariffRow]| -> Vec<_> {
                let days = day("2025-12-01").iter_days().take_while(|day| *day < today);
                let of = |day| numbers.map(|n| in_force(plan, Channel::Sms, Some(n), day).map(|row| row.unit_price));
                days.map(of).collect()
            };
            let before = prices(&plan);
            if check(&new, &plan, today).is_ok() {
                plan.push(new);
                prop_assert_eq!(prices(&plan), before);
            }
        }
    }
}
