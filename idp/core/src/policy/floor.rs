//! The installation's floors: what no client may go below for a class of account.

use serde::{Deserialize, Serialize};

use super::effective::Policy;
use super::name::Exemption;
use super::value::{ClientClass, MfaMode, UserClass};
use crate::level::Level;

/// The least that holds for one class; what is absent sets no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Floor {
    /// The weakest `mfa`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mfa: Option<MfaMode>,
    /// The weakest `min_acr`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_acr: Option<Level>,
    /// The only exemptions that a policy may make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exempt: Option<Vec<Exemption>>,
    /// Sessions never stand in for the second factor.
    pub mfa_every_login: bool,
    /// The longest `remember_device_days`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remember_device_days: Option<u32>,
    /// The longest `default_max_age`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u32>,
    /// The longest `session_idle_seconds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_idle_seconds: Option<u32>,
    /// The longest `session_absolute_seconds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_absolute_seconds: Option<u32>,
}

/// The floors of an installation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Floors {
    /// For residents.
    pub resident: Floor,
    /// For staff.
    pub staff: Floor,
}

impl Floors {
    /// The floor of an account's class. Staff are never exempt unless the floor itself says so, because a client for
    /// both classes may exempt residents.
    #[must_use]
    pub fn of(&self, class: UserClass) -> Floor {
        match class {
            UserClass::Resident => self.resident.clone(),
            UserClass::Staff => {
                let mut floor = self.staff.clone();
                floor.exempt.get_or_insert_default();
                floor
            }
        }
    }

    /// The written floor that holds when a client's policy is saved: none for a client of both classes. Exemptions of
    /// staff clients have a save rule of their own (8).
    #[must_use]
    pub fn at_saving(&self, class: ClientClass) -> Floor {
        match class {
            ClientClass::Resident => self.resident.clone(),
            ClientClass::Staff => self.staff.clone(),
            ClientClass::Any => Floor::default(),
        }
    }
}

impl Policy {
    /// The stricter of this policy and the floor, field by field. A floor that lifts `min_acr` to `2fa` lifts `mfa` and
    /// forgets remembered devices too, or the result would contradict itself (save rules 4 and 5).
    #[must_use]
    pub fn under_floor(&self, floor: &Floor) -> Self {
        let mut policy = self.clone();
        policy.mfa = floor.mfa.map_or(policy.mfa, |least| least.max(policy.mfa));
        policy.min_acr = floor.min_acr.max(policy.min_acr);
        if let Some(allowed) = &floor.exempt {
            policy.exempt = stricter_exemptions(&policy.exempt, allowed);
        }
        policy.mfa_every_login |= floor.mfa_every_login;
        policy.remember_device_days = at_most(policy.remember_device_days, floor.remember_device_days);
        if let Some(longest) = floor.default_max_age {
            policy.default_max_age = Some(policy.default_max_age.map_or(longest, |age| age.min(longest)));
        }
        policy.session_idle_seconds = at_most(policy.session_idle_seconds, floor.session_idle_seconds);
        policy.session_absolute_seconds = at_most(policy.session_absolute_seconds, floor.session_absolute_seconds);
        if floor.min_acr >= Some(Level::TwoFactor) {
            policy.mfa = MfaMode::Required;
            policy.remember_device_days = 0;
        } else if floor.mfa_every_login {
            policy.remember_device_days = 0;
        }
        policy
    }
}

fn at_most(value: u32, longest: Option<u32>) -> u32 {
    longest.map_or(value, |longest| value.min(longest))
}

/// What both lists exempt.
fn stricter_exemptions(policy: &[Exemption], floor: &[Exemption]) -> Vec<Exemption> {
    let covers = |list: &[Exemption], one: &Exemption| {
        list.contains(one) || (matches!(one, Exemption::FederatedBy(_)) && list.contains(&Exemption::Federated))
    };
    let mut both: Vec<Exemption> = policy.iter().filter(|one| covers(floor, one)).cloned().collect();
    for one in floor {
        if covers(policy, one) && !both.contains(one) {
            both.push(one.clone());
        }
    }
    both
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{PolicyDocument, Preset};

    #[test]
    fn the_stricter_of_policy_and_floor_holds_in_both_directions() {
        let floor = Floor { mfa: Some(MfaMode::Optional), session_idle_seconds: Some(900), ..Floor::default() };
        let off = Policy { mfa: MfaMode::Off, ..Policy::default() };
        assert_eq!(off.under_floor(&floor).mfa, MfaMode::Optional);
        assert_eq!(off.under_floor(&floor).session_idle_seconds, 900);
        let strict = Policy { session_idle_seconds: 300, ..Policy::default() };
        assert_eq!(strict.under_floor(&floor).mfa, MfaMode::Required);
        assert_eq!(strict.under_floor(&floor).session_idle_seconds, 300);
        assert_eq!(off.under_floor(&Floor::default()), off);
    }

    #[test]
    fn a_level_floor_leaves_no_contradiction_behind() {
        let floor = Floor { min_acr: Some(Level::TwoFactor), ..Floor::default() };
        let lax = Policy { mfa: MfaMode::Off, remember_device_days: 30, ..Policy::default() };
        let effective = lax.under_floor(&floor);
        assert_eq!((effective.mfa, effective.min_acr), (MfaMode::Required, Some(Level::TwoFactor)));
        assert_eq!(effective.remember_device_days, 0);
        let strong = Policy { min_acr: Some(Level::PhishingResistant), ..Policy::default() };
        assert_eq!(strong.under_floor(&floor).min_acr, Some(Level::PhishingResistant));
    }

    #[test]
    fn a_maximum_age_of_none_is_longer_than_any_floor() {
        let floor = Floor { default_max_age: Some(600), ..Floor::default() };
        assert_eq!(Policy::default().under_floor(&floor).default_max_age, Some(600));
        let every_time = Policy { default_max_age: Some(0), ..Policy::default() };
        assert_eq!(every_time.under_floor(&floor).default_max_age, Some(0));
    }

    #[test]
    fn only_what_policy_and_floor_both_exempt_is_exempt() {
        let google = || Exemption::FederatedBy("google".to_owned());
        let floor = Floor { exempt: Some(vec![google()]), ..Floor::default() };
        assert_eq!(Policy::default().under_floor(&floor).exempt, [google()]);
        let wide = Floor { exempt: Some(vec![Exemption::Federated]), ..Floor::default() };
        let narrow = Policy { exempt: vec![Exemption::Guest, google()], ..Policy::default() };
        assert_eq!(narrow.under_floor(&wide).exempt, [google()]);
    }

    #[test]
    fn staff_are_exempt_nowhere_even_at_a_client_for_both_classes() {
        let policy = Policy {
            user_class: ClientClass::Any,
            ..Preset::CouncilPortal.document().resolve(&PolicyDocument::default())
        };
        let floors = Floors::default();
        assert_eq!(policy.under_floor(&floors.of(UserClass::Staff)).exempt, []);
        assert_eq!(policy.under_floor(&floors.of(UserClass::Resident)), policy);
        assert_eq!(policy.under_floor(&floors.at_saving(ClientClass::Any)), policy);
    }

    #[test]
    fn floors_are_read_from_toml() {
        let floors: Floors = toml::from_str("[staff]\nmfa = \"required\"\nmin_acr = \"2fa\"").unwrap();
        assert_eq!(floors.staff.min_acr, Some(Level::TwoFactor));
        assert_eq!(floors.resident, Floor::default());
    }
}
