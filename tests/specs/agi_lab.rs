//! The short form of `vigie-lab agi`: that it measures all of its sides and loses nobody. Its figures are for a release
//! build on a quiet machine; here no time is looked at, and nothing is stored.

use serde_json::Value;

#[test]
fn sessions_beside_the_floor_with_and_without_their_calls_are_all_served() {
    let lab = std::process::Command::new(env!("CARGO_BIN_EXE_vigie-lab"))
        .args(["agi", "--sessions", "1,8", "--total", "24", "--rounds", "1", "--silent", "0"])
        .args(["--no-journal", "--json"])
        .output()
        .expect("vigie-lab starts");
    assert!(lab.status.success(), "{}", String::from_utf8_lossy(&lab.stderr));
    let report: Value = serde_json::from_slice(&lab.stdout).expect("a report in JSON");
    let runs = report["runs"].as_array().expect("runs");
    assert_eq!(runs.iter().map(|run| run["at_once"].as_u64()).collect::<Vec<_>>(), [Some(1), Some(8)]);
    for run in runs {
        assert_eq!(run["lost"], 0, "{run}");
        for ratio in ["protocol", "whole"] {
            assert!(run[ratio]["cpu"].is_number() && run[ratio]["p99"].is_number(), "{ratio} in {run}");
        }
        let rounds = run["rounds"].as_array().expect("rounds");
        assert_eq!(rounds.len(), 1);
        for side in ["floor", "protocol", "whole"] {
            let side = &rounds[0][side];
            assert_eq!(
                (&side["sessions"], &side["commands"], &side["lost"]),
                (&24.into(), &240.into(), &0.into())
            );
        }
    }
    assert!(report["silent"].is_null());
}
