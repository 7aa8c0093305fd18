//! The short form of `vigie-lab voice`: that it measures both of its sides, has turns and loses nobody. Its figures are for
//! a release build on a quiet machine; here no time is looked at.

use serde_json::Value;

#[test]
fn callers_beside_the_floor_all_last_are_answered_and_measured() {
    let lab = std::process::Command::new(env!("CARGO_BIN_EXE_vigie-lab"))
        .args(["voice", "--streams", "6", "--seconds", "12", "--turns-per-s", "1", "--json"])
        .output()
        .expect("vigie-lab starts");
    assert!(lab.status.success(), "{}", String::from_utf8_lossy(&lab.stderr));
    let report: Value = serde_json::from_slice(&lab.stdout).expect("a report in JSON");
    assert_eq!(report["streams"], 6);
    let figures = [
        "jitter_p99_ms",
        "late_per_100000",
        "floor_jitter_p99_ms",
        "greeting_p95_ms",
        "turn_p50_s",
        "turn_p95_s",
        "decision_after_p50_s",
        "barge_in_p95_ms",
        "own_share_p95_ms",
    ];
    for figure in figures {
        assert!(report[figure].is_number(), "{figure} in {report}");
    }
    for side in ["vigie", "floor"] {
        let side = &report[side];
        assert_eq!((&side["held"], &side["lost"]), (&6.into(), &0.into()), "{side}");
        assert_eq!(side["jitter"]["count"], side["frames"], "{side}");
        assert!(side["frames"].as_u64().is_some_and(|frames| frames > 0), "{side}");
    }
    let count = |of: &Value| of["count"].as_u64();
    assert_eq!(count(&report["vigie"]["greeting"]), Some(6), "each is greeted once: {report}");
    assert!(count(&report["turns"]["turn"]) > Some(0), "somebody is answered: {report}");
    assert!(report["engines"]["mouth"].is_string() && report["engines"]["ears"] == "fake, at once");
}
