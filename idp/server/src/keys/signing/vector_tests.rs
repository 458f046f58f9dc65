//! The public Wycheproof vectors against the one function that verifies signatures.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use idp_core::oidc::alg::SigningAlg;
use jsonwebtoken::DecodingKey;
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

use super::own::signature_is_right;

/// Counts what was tried, so that an empty set of vectors does not pass.
#[derive(Default)]
struct Tally {
    accepted: usize,
    refused: usize,
}

impl Tally {
    fn check(&mut self, alg: SigningAlg, key: &DecodingKey, case: (usize, TestResult, &[u8], &[u8])) {
        let (id, result, message, signature) = case;
        let right = signature_is_right(alg, key, message, &URL_SAFE_NO_PAD.encode(signature));
        match result {
            TestResult::Valid => assert!(right, "{alg} vector {id} is valid"),
            TestResult::Invalid => assert!(!right, "{alg} vector {id} is invalid"),
            // Legacy forms that a verifier may refuse.
            TestResult::Acceptable => {}
        }
        if right {
            self.accepted += 1;
        } else {
            self.refused += 1;
        }
    }

    fn assert_tried(&self, at_least: usize) {
        assert!(self.accepted >= at_least && self.refused >= at_least, "{} and {}", self.accepted, self.refused);
    }
}

#[test]
fn case_jw5_p256_vectors_with_fixed_length_signatures_are_told_apart() {
    let mut tally = Tally::default();
    for group in ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        let key = DecodingKey::from_ec_der(&group.key.key);
        for test in &group.tests {
            tally.check(SigningAlg::ES256, &key, (test.tc_id, test.result, &test.msg, &test.sig));
        }
    }
    tally.assert_tried(80);
}

#[test]
fn case_jw5_no_der_encoded_p256_signature_is_accepted_not_even_a_valid_one() {
    let mut tried = 0;
    for group in ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap().test_groups {
        let key = DecodingKey::from_ec_der(&group.key.key);
        for test in &group.tests {
            let signature = URL_SAFE_NO_PAD.encode(&*test.sig);
            assert!(!signature_is_right(SigningAlg::ES256, &key, &test.msg, &signature), "vector {}", test.tc_id);
            tried += 1;
        }
    }
    assert!(tried > 400);
}

#[test]
fn case_jw5_ed25519_vectors_are_told_apart() {
    let mut tally = Tally::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key = DecodingKey::from_ed_der(&group.key.pk);
        for test in &group.tests {
            tally.check(SigningAlg::EdDSA, &key, (test.tc_id, test.result, &test.msg, &test.sig));
        }
    }
    tally.assert_tried(50);
}

#[test]
fn case_jw5_rsa_pkcs1_vectors_are_told_apart() {
    use rsa_pkcs1_verify::{TestName, TestSet};
    let mut tally = Tally::default();
    for name in [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256, TestName::Rsa4096Sha256] {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(&group.key.n, &group.key.e);
            for test in &group.tests {
                tally.check(SigningAlg::RS256, &key, (test.tc_id, test.result, &test.msg, &test.sig));
            }
        }
    }
    tally.assert_tried(20);
}

#[test]
fn case_jw5_rsa_pss_vectors_are_told_apart() {
    use rsa_pss_verify::{TestName, TestSet};
    let mut tally = Tally::default();
    let same = [
        TestName::RsaPss2048Sha256Mgf1SaltLen32,
        TestName::RsaPss3072Sha256Mgf1SaltLen32,
        TestName::RsaPss4096Sha256Mgf1SaltLen32,
    ];
    for name in same {
        for group in TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(&group.key.n, &group.key.e);
            for test in &group.tests {
                tally.check(SigningAlg::PS256, &key, (test.tc_id, test.result, &test.msg, &test.sig));
            }
        }
    }
    tally.assert_tried(20);
}

#[test]
fn case_jw5_rsa_pss_signatures_with_another_salt_length_or_mask_are_refused_even_if_valid_there() {
    use rsa_pss_verify::{TestName, TestSet};
    // RFC 7518 section 3.5: the salt is as long as the hash, and the mask uses the same hash.
    for name in [TestName::RsaPss2048Sha256Mgf1SaltLen0, TestName::RsaPss2048Sha256Mgf1Sha1_20] {
        let mut tried = 0;
        for group in TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(&group.key.n, &group.key.e);
            for test in group.tests.iter().filter(|test| test.result == TestResult::Valid) {
                let signature = URL_SAFE_NO_PAD.encode(&*test.sig);
                assert!(!signature_is_right(SigningAlg::PS256, &key, &test.msg, &signature), "vector {}", test.tc_id);
                tried += 1;
            }
        }
        assert!(tried > 10);
    }
}

/// The vectors write integers as in DER, with a leading zero byte where the first bit is set.
fn rsa_key(modulus: &[u8], exponent: &[u8]) -> DecodingKey {
    let unsigned = |bytes: &[u8]| bytes.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<_>>();
    DecodingKey::from_rsa_raw_components(&unsigned(modulus), &unsigned(exponent))
}
