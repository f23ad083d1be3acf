//! Secrets that can be told by their shape. Data only; [`super::finder`] reads it.

/// One shape.
#[derive(Debug)]
pub(super) struct Pattern {
    /// The rule that a finding names.
    pub(super) name: &'static str,
    /// How it begins, in any casing: what a text is searched for, all patterns at once.
    pub(super) starts: &'static [&'static str],
    /// What has to stand in front of it.
    pub(super) before: Before,
    /// The whole, from its start. The first group is the secret; without one, all of it is.
    pub(super) regex: &'static str,
    /// What the regular expression cannot say.
    pub(super) check: Check,
}

/// What may stand in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Anything.
    Any,
    /// No letter, digit or underscore: `task-` is no `sk-`. The end of an escape (`%3D`, `\n`) is none.
    Word,
    /// No character of base64url either: the inside of encoded data is no start.
    Token,
    /// The start of a text, white space, or what separates parameters, escaped or not.
    Parameter,
}

/// A condition on the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Nothing,
    /// A run of this many letters and digits, of both kinds: what a person writes has none.
    Random(usize),
    /// Base64 of `user:password`.
    BasicPair,
    /// `user:password`, but not in so many words.
    UserPair,
}

const fn token(name: &'static str, starts: &'static [&'static str], regex: &'static str) -> Pattern {
    Pattern { name, starts, before: Before::Word, regex, check: Check::Nothing }
}

const fn random(
    name: &'static str,
    starts: &'static [&'static str],
    regex: &'static str,
    run: usize,
) -> Pattern {
    Pattern { name, starts, before: Before::Word, regex, check: Check::Random(run) }
}

/// All of them. Regular expressions are of bytes and of ASCII. What may go on is bounded where it may fail:
/// each is tried wherever it begins.
pub(super) const PATTERNS: &[Pattern] = &[
    // === model providers ===
    random("anthropic-key", &["sk-ant-"], r"sk-ant-[A-Za-z0-9_-]{16,}", 8),
    random("openrouter-key", &["sk-or-"], r"sk-or-[A-Za-z0-9_-]{16,}", 8),
    random("openai-key", &["sk-"], r"sk-[A-Za-z0-9_-]{20,}", 16),
    token("openai-key", &["sess-"], r"sess-[A-Za-z0-9]{24,}"),
    random("openai-key", &["ek_"], r"ek_[A-Za-z0-9]{24,}", 24),
    // The echo of a refused key shows its ends.
    token("masked-key", &["sk-"], r"sk-[A-Za-z0-9_-]{0,24}\*{3,}[A-Za-z0-9_*-]*"),
    Pattern {
        name: "masked-key",
        starts: &["api key provided: "],
        before: Before::Any,
        regex: r"(?i:api key provided): ([A-Za-z0-9_-]*\*{3,}[A-Za-z0-9_*-]*)",
        check: Check::Nothing,
    },
    token("google-key", &["AIza"], r"AIza[A-Za-z0-9_-]{30,}"),
    token("google-token", &["ya29."], r"ya29\.(?:[A-Za-z0-9_-]+\.){0,3}[A-Za-z0-9_-]{20,}"),
    token("google-token", &["1//0"], r"1//0[A-Za-z0-9_-]{30,}"),
    token("google-secret", &["GOCSPX-"], r"GOCSPX-[A-Za-z0-9_-]{20,}"),
    random("huggingface-key", &["hf_"], r"hf_[A-Za-z0-9]{20,}", 20),
    random("xai-key", &["xai-"], r"xai-[A-Za-z0-9]{20,}", 20),
    random("groq-key", &["gsk_"], r"gsk_[A-Za-z0-9]{20,}", 20),
    random("replicate-key", &["r8_"], r"r8_[A-Za-z0-9]{20,}", 20),
    random("perplexity-key", &["pplx-"], r"pplx-[A-Za-z0-9]{32,}", 32),
    random("together-key", &["tgp_"], r"tgp_[A-Za-z0-9_-]{20,}", 16),
    random("fireworks-key", &["fw_"], r"fw_[A-Za-z0-9]{20,}", 20),
    random("cerebras-key", &["csk-"], r"csk-[A-Za-z0-9]{32,}", 32),
    random("nvidia-key", &["nvapi-"], r"nvapi-[A-Za-z0-9_-]{40,}", 8),
    random("tavily-key", &["tvly-"], r"tvly-[A-Za-z0-9-]{20,}", 12),
    random("langsmith-key", &["lsv2_"], r"lsv2_(?:pt|sk)_[A-Za-z0-9]{32}_[A-Za-z0-9]{8,}", 8),
    random("pinecone-key", &["pcsk_"], r"pcsk_[A-Za-z0-9_]{20,}", 12),
    // === clouds ===
    token("aws-key-id", &["AKIA", "ASIA"], r"(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    random("bedrock-key", &["ABSK"], r"ABSK[A-Za-z0-9+/]{40,}={0,2}", 8),
    random("bedrock-key", &["bedrock-api-key-"], r"bedrock-api-key-[A-Za-z0-9+/]{20,}={0,2}", 8),
    token(
        "azure-storage-key",
        &["AccountKey=", "SharedAccessKey="],
        r"(?i:[a-z]+)=([A-Za-z0-9+/]{20,}={0,2})",
    ),
    // === code and mail ===
    random("github-token", &["ghp_", "gho_", "ghs_", "ghu_", "ghr_"], r"gh[opsur]_[A-Za-z0-9]{30,}", 30),
    random("github-token", &["github_pat_"], r"github_pat_[A-Za-z0-9_]{22,}", 16),
    random("gitlab-token", &["glpat-"], r"glpat-[A-Za-z0-9_-]{20,}", 8),
    random("slack-token", &["xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-"], r"xox[abprs]-[A-Za-z0-9-]{10,}", 8),
    random("slack-token", &["xapp-"], r"xapp-[A-Za-z0-9-]{20,}", 8),
    random(
        "stripe-key",
        &["sk_live_", "rk_live_", "sk_test_", "rk_test_"],
        r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
        16,
    ),
    random("stripe-key", &["whsec_"], r"whsec_[A-Za-z0-9+/=]{24,}", 16),
    random("npm-token", &["npm_"], r"npm_[A-Za-z0-9]{30,}", 30),
    random("sendgrid-key", &["SG."], r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", 8),
    random("pypi-token", &["pypi-"], r"pypi-[A-Za-z0-9_-]{50,}", 16),
    // === shapes that anyone issues ===
    Pattern {
        name: "jwt",
        starts: &["eyJ"],
        before: Before::Token,
        regex: r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){0,2}",
        check: Check::Nothing,
    },
    random(
        "bearer-token",
        &["bearer ", "bearer%20"],
        r"(?i:bearer)(?: +|%20)([A-Za-z0-9._~+/-]{15,}[A-Za-z0-9_~+/-]=*)",
        8,
    ),
    Pattern {
        name: "basic-credential",
        starts: &["basic "],
        before: Before::Word,
        regex: r"(?i:basic) +([A-Za-z0-9+/_-]{8,}={0,2})",
        check: Check::BasicPair,
    },
    // A key that was cut off is a key.
    Pattern {
        name: "private-key",
        starts: &["-----BEGIN "],
        before: Before::Any,
        regex: r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,20}-----(?:-?[A-Za-z0-9+/=\s\\:,])*(?:-----END [A-Z0-9 ]{0,60}-----)?",
        check: Check::Random(16),
    },
    Pattern {
        name: "url-credential",
        starts: &["://", r":\/\/", "%3a%2f%2f"],
        before: Before::Any,
        regex: r#"(?i::\\?/\\?/|:(?:%2f){2}|%3a(?:%2f){2})([^\s/?#@:"'<>\\`{}$]{0,256}:[^\s/?#"'<>\\`{}$]{1,256})@[A-Za-z0-9\[]"#,
        check: Check::UserPair,
    },
    // === addresses within text ===
    Pattern {
        name: "signed-url",
        starts: &[
            "x-amz-signature=",
            "x-amz-signature%3d",
            r"x-amz-signature\u003d",
            "x-amz-credential=",
            "x-amz-credential%3d",
            r"x-amz-credential\u003d",
            "x-amz-security-token=",
            "x-amz-security-token%3d",
            r"x-amz-security-token\u003d",
            "x-goog-signature=",
            "x-goog-signature%3d",
            r"x-goog-signature\u003d",
            "x-goog-credential=",
            "x-goog-credential%3d",
            r"x-goog-credential\u003d",
            "signature=",
            "signature%3d",
            r"signature\u003d",
        ],
        before: Before::Word,
        regex: r"[A-Za-z-]{1,40}(?:=|%3[Dd]|\\+u003[Dd])([A-Za-z0-9%+/_.~-]{16,}=*)",
        check: Check::Nothing,
    },
    Pattern {
        name: "signed-url",
        starts: &["sig=", "sig%3d", r"sig\u003d"],
        before: Before::Parameter,
        regex: r"[A-Za-z]+(?:=|%3[Dd]|\\+u003[Dd])([A-Za-z0-9%+/_.~-]{16,}=*)",
        check: Check::Nothing,
    },
    Pattern {
        name: "key-parameter",
        starts: &[
            "key=",
            "key%3d",
            r"key\u003d",
            "api_key=",
            "api_key%3d",
            r"api_key\u003d",
            "api-key=",
            "api-key%3d",
            "apikey=",
            "apikey%3d",
            "access_token=",
            "access_token%3d",
            r"access_token\u003d",
            "token=",
            "token%3d",
            "client_secret=",
            "client_secret%3d",
            "refresh_token=",
            "refresh_token%3d",
            "id_token=",
            "password=",
            "subscription-key=",
        ],
        before: Before::Parameter,
        regex: r"[A-Za-z_-]{1,40}(?:=|%3[Dd]|\\+u003[Dd])([A-Za-z0-9%+/_.~-]{12,}=*)",
        check: Check::Random(12),
    },
    // `OPENAI_API_KEY=...`, `"api_key": "..."` within prose or code.
    Pattern {
        name: "named-in-text",
        starts: &[
            "api_key",
            "apikey",
            "api-key",
            "client_secret",
            "access_token",
            "refresh_token",
            "auth_token",
            "secret_access_key",
            "secretaccesskey",
            "secret_key",
            "password",
        ],
        before: Before::Any,
        regex: r#"[A-Za-z_-]{1,40}[\\"'`]{0,4}\s{0,3}(?:=|:|=>)\s{0,3}[\\"'`]{0,4}([A-Za-z0-9_/+~-]{16,}={0,2})"#,
        check: Check::Random(16),
    },
];
