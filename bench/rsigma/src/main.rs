//! Parses and matches the events of a lane on one thread, as bench/sigma.ts does.
//! rsigma-lanes RULES.yml EVENTS.ndjson ROUND_MS ROUNDS: prints `matches microseconds-per-event`.
use rsigma_eval::{Engine, JsonEvent};
use std::time::{Duration, Instant};

/// Processor time of this process (one thread), so that a busy machine does not count.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let rules = std::fs::read_to_string(&args[1]).unwrap();
    let events = std::fs::read_to_string(&args[2]).unwrap();
    let round = Duration::from_millis(args[3].parse().unwrap());
    let rounds: usize = args[4].parse().unwrap();
    let lines: Vec<&str> = events.lines().filter(|line| !line.is_empty()).collect();
    let collection = rsigma_parser::parse_sigma_yaml(&rules).unwrap();
    let mut engine = Engine::new();
    engine.add_collection(&collection).unwrap();
    let run = || -> usize {
        let mut matches = 0;
        for line in &lines {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            matches += engine.evaluate(&JsonEvent::borrow(&value)).len();
        }
        matches
    };
    let matches = run();
    let mut taken: Vec<f64> = Vec::new();
    for _ in 0..rounds {
        let (from, wall) = (cpu(), Instant::now());
        let mut passes = 0;
        while cpu() - from < round && wall.elapsed() < round * 20 {
            run();
            passes += 1;
        }
        taken.push((cpu() - from).as_micros() as f64 / (passes * lines.len()) as f64);
    }
    taken.sort_by(|a, b| a.total_cmp(b));
    println!("{} {} {}", engine.rule_count(), matches, taken[taken.len() / 2]);
}
