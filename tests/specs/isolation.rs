//! The short form of `vigie-lab isolation`: panics in every kind of actor while calls go on, against an
//! oracle that shares no type with Vigie. The long form, 10,000 calls and 5,000 panics, is a measure.

use serde_json::Value;

/// Runs the lab on few calls; its report.
fn isolation() -> Value {
    let lab = std::process::Command::new(env!("CARGO_BIN_EXE_vigie-lab"))
        .args([
            "isolation",
            "--calls",
            "400",
            "--panics",
            "1,10,100",
            "--clients",
            "3",
            "--rate",
            "500",
            "--json",
        ])
        .output()
        .expect("vigie-lab starts");
    assert!(lab.status.success(), "{}", String::from_utf8_lossy(&lab.stderr));
    serde_json::from_slice(&lab.stdout).expect("a report in JSON")
}

#[test]
fn f31_f32_f33_f34_a_panic_in_any_actor_is_nobody_elses() {
    let report = isolation();
    let runs = report["runs"].as_array().expect("runs");
    let kinds: Vec<&str> = runs.iter().filter_map(|run| run["kind"].as_str()).collect();
    let expected =
        ["call", "call", "call", "call, ten times", "agent", "queue", "trunk", "router", "registry"];
    assert_eq!(kinds, expected);
    for run in runs {
        for what in ["others_disturbed", "sockets_closed", "differences_from_oracle"] {
            assert_eq!(run[what], 0, "{what} in {run}");
        }
        let (kind, restarts) = (&run["kind"], run["restarts"].as_u64());
        match kind.as_str() {
            // set aside at the fourth fault in five seconds: nothing of it comes back
            Some("call, ten times") => assert_eq!(run["set_aside"], 1, "{run}"),
            _ => {
                assert_eq!(restarts, run["panics"].as_u64(), "each fault struck, each was survived: {run}");
                assert_eq!(run["set_aside"], 0, "{run}");
                assert_eq!(run["messages_lost"], 0, "{run}");
            }
        }
    }
}
