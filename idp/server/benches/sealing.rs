//! Sealing and opening small values, and keyed hashes.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use criterion::{Criterion, criterion_group, criterion_main};
use idp::clock::Random;
use idp::keys::seal::MasterKey;

fn sealing(criterion: &mut Criterion) {
    let random = Random::default();
    let master = MasterKey::generate(&random);
    let (sealer, mac) = (master.sealer("bench"), master.mac("bench"));
    let context: &[&[u8]] = &[b"transaction", b"0192f0c1-2d5e-7a41-9c1f-1b2d3c4e5f60"];
    for size in [32, 1024] {
        let plain = vec![7; size];
        let ciphertext = sealer.seal(&random, context, &plain);
        criterion.bench_function(&format!("seal {size} bytes"), |bencher| {
            bencher.iter(|| sealer.seal(&random, context, &plain));
        });
        criterion.bench_function(&format!("open {size} bytes"), |bencher| {
            bencher.iter(|| sealer.open(context, &ciphertext).expect("the value opens"));
        });
    }
    criterion.bench_function("tag of an address", |bencher| bencher.iter(|| mac.tag(&[b"email", b"a@example.org"])));
}

criterion_group!(benches, sealing);
criterion_main!(benches);
