//! Backup codes: using one (R10), and new ones (R22).

use serde::Serialize;

use crate::page::{FieldError, Message, Page};

/// R10: type a backup code. The field is `code`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Backup {
    /// Where the form posts to.
    pub action: String,
    /// Where another way is chosen.
    pub choose_href: Option<String>,
    /// Where someone goes who can use none of them.
    pub help_href: Option<String>,
    /// Where the way back to the client posts to.
    pub cancel: Option<String>,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for Backup {
    const TEMPLATE: &'static str = "pages/backup.html";
    const SCREEN: &'static str = "R10";

    fn title(&self) -> Message {
        Message::new("backup-title")
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let plain = Self { action: "/mfa/backup?tx=sample".to_owned(), ..Self::default() };
        let wrong = Self {
            choose_href: Some("/mfa/method?tx=sample".to_owned()),
            help_href: Some("/mfa/help?tx=sample".to_owned()),
            cancel: Some("/cancel?tx=sample".to_owned()),
            errors: vec![FieldError::new("code", Message::new("error-backup-wrong"))],
            ..plain.clone()
        };
        vec![plain, wrong]
    }
}

/// Which part of R22 a page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// New codes are offered.
    #[default]
    Offer,
    /// The codes.
    Codes,
}

/// R22: new backup codes. They are shown once. The field is `saved`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackupCodes {
    /// Where the form that leads on posts to.
    pub action: String,
    /// What this page shows.
    pub part: Part,
    /// How many codes are left, where new ones are offered.
    pub left: u32,
    /// Where “Make new backup codes” posts to.
    pub generate_action: Option<String>,
    /// The codes, in groups.
    pub codes: Vec<String>,
    /// Where “Download” posts to.
    pub download_action: Option<String>,
    /// Whether they have to say that the codes are saved.
    pub asks_saved: bool,
    /// What was wrong.
    pub errors: Vec<FieldError>,
}

impl Page for BackupCodes {
    const TEMPLATE: &'static str = "pages/backup-codes.html";
    const SCREEN: &'static str = "R22";

    fn title(&self) -> Message {
        match self.part {
            Part::Offer => Message::new("notice-backup-left").with("count", self.left),
            Part::Codes => Message::new("backup-codes-title"),
        }
    }

    fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    fn samples() -> Vec<Self> {
        let offer = Self {
            action: "/setup/backup-codes?tx=sample".to_owned(),
            left: 1,
            generate_action: Some("/setup/backup-codes/new?tx=sample".to_owned()),
            ..Self::default()
        };
        let none = Self { left: 0, ..offer.clone() };
        let codes = ["7K2M-Q9VD-4XRT", "0HNB-63ZE-W8CJ", "PYA5-1GFS-DTQ7", "R4VX-M20K-9JHC", "E6WB-ZS3N-8FGP"];
        let codes = Self {
            part: Part::Codes,
            generate_action: None,
            codes: codes.map(str::to_owned).to_vec(),
            download_action: Some("/setup/backup-codes/download?tx=sample".to_owned()),
            asks_saved: true,
            ..offer.clone()
        };
        let on_request = Self { asks_saved: false, ..codes.clone() };
        let wrong =
            Self { errors: vec![FieldError::new("saved", Message::new("error-backup-saved"))], ..codes.clone() };
        vec![offer, none, codes, on_request, wrong]
    }
}
