//! Counters from `/metrics`, to assert causes instead of times.

use super::http::Agent;

/// One scrape.
#[derive(Debug, Clone)]
pub struct Metrics(String);

impl Metrics {
    /// Adds up the scrapes of several nodes by concatenating them.
    pub async fn scrape(addresses: &[String]) -> Self {
        let agent = Agent::new();
        let mut all = String::new();
        for address in addresses {
            all.push_str(&agent.get(&format!("{address}/metrics")).await.expect(200).text());
            all.push('\n');
        }
        Self(all)
    }

    /// The sum over all label sets of a counter or gauge; 0 when it was never touched.
    pub fn sum(&self, name: &str) -> f64 {
        self.sum_where(name, "")
    }

    /// The sum over the label sets that contain this text, such as `kind="data"`.
    pub fn sum_where(&self, name: &str, label: &str) -> f64 {
        let lines = self.0.lines().filter(|line| !line.starts_with('#'));
        let rows = lines.filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (found, labels) = series.split_once('{').unwrap_or((series, ""));
            (found == name && labels.contains(label)).then(|| value.parse::<f64>().ok())?
        });
        rows.sum()
    }
}

#[test]
fn sums_go_over_label_sets_of_one_name() {
    let text = "# HELP a x\na{k=\"1\"} 2\na{k=\"2\"} 3\na_b 9\n".to_owned();
    let metrics = Metrics(text);
    assert!((metrics.sum("a") - 5.0).abs() < f64::EPSILON);
    assert!((metrics.sum_where("a", "k=\"2\"") - 3.0).abs() < f64::EPSILON);
}
