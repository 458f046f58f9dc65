//! What the hashing pool adds to bare Argon2id with the same parameters, on one core and on all.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

use argon2::{Algorithm, Argon2, Params, Version};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use futures::future::join_all;
use idp::clock::Random;
use idp::hashing::{HashSettings, Hasher};
use secrecy::SecretString;

fn bare(criterion: &mut Criterion) {
    let params = Params::new(19_456, 2, 1, Some(32)).expect("the default parameters are valid");
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut group = criterion.benchmark_group("argon2id");
    group.sample_size(20);
    group.bench_function("bare, new memory", |bencher| {
        let mut tag = [0; 32];
        bencher.iter(|| argon2.hash_password_into(b"correct horse", &[7; 16], &mut tag));
    });
    group.bench_function("bare, kept memory", |bencher| {
        let mut blocks = vec![argon2::Block::new(); argon2.params().block_count()];
        let mut tag = [0; 32];
        bencher.iter(|| argon2.hash_password_into_with_memory(b"correct horse", &[7; 16], &mut tag, &mut blocks[..]));
    });
    group.finish();
}

fn pool(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let cores = available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let mut group = criterion.benchmark_group("argon2id");
    group.sample_size(20);
    for threads in [NonZeroUsize::MIN, cores] {
        let settings = HashSettings { threads: Some(threads), ..HashSettings::default() };
        let hasher = Hasher::new(settings, Random::default()).expect("the pool starts");
        let password = SecretString::from("correct horse");
        let phc = runtime.block_on(hasher.hash(&password)).expect("the password is hashed");
        let jobs = threads.get() * 4;
        group.throughput(Throughput::Elements(jobs as u64));
        group.bench_function(format!("pool of {threads}, {jobs} verifications"), |bencher| {
            bencher.to_async(&runtime).iter_batched(
                || (),
                |()| join_all((0..jobs).map(|_| hasher.verify(&phc, &password))),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, bare, pool);
criterion_main!(benches);
