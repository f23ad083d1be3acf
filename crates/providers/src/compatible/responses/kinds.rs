//! The kinds of items: what each needs, how it begins in a stream, and what comes before it is done.

/// A kind of item.
pub(super) struct Kind {
    /// Its `type`.
    pub(super) name: &'static str,
    /// What its ids begin with.
    pub(super) prefix: &'static str,
    /// What clients need beside an id.
    pub(super) needs: &'static [Need],
    /// What is not there yet when it is added.
    pub(super) blanks: &'static [Blank],
    /// What comes between its being added and its being done.
    pub(super) steps: &'static [Step],
}

/// A member that clients need.
pub(super) enum Need {
    /// A text that is always the same.
    Text(&'static str, &'static str),
    /// A list, empty where nobody wrote one.
    List(&'static str),
    /// The id of a call, made up.
    CallId,
}

/// What an item that begins lacks of the one that is done. What is not of the shape that is expected here stays.
pub(super) enum Blank {
    /// It has these members and no others.
    Only(&'static [&'static str]),
    /// Its status, where it has one, is `in_progress`.
    Begun,
    /// A text is empty; a JSON pointer.
    Text(&'static str),
    /// A list is empty; a JSON pointer.
    List(&'static str),
    /// A member is null.
    Null(&'static str),
    /// A member is not there.
    Gone(&'static str),
    /// A member is not there if it is null.
    NoNull(&'static str),
}

/// Events of an item.
pub(super) enum Step {
    /// It comes this far: `response.<kind>.<phase>`.
    Phase(&'static str),
    /// A text in pieces, then as a whole with these other members of the item: `response.<event>.delta`, `.done`.
    Text { member: &'static str, event: &'static str, beside: &'static [&'static str] },
    /// As `Text`, in one piece unless somebody says how to cut.
    OnePiece { member: &'static str, event: &'static str },
    /// The parts of its content.
    Content,
    /// The parts of its summary.
    Summary,
    /// Images that are not finished.
    Partials,
    /// `completed`, unless it failed.
    Completed,
    /// `completed` or `failed`.
    CompletedOrFailed,
    /// The commands of a shell, which are private.
    Commands,
    /// The outputs of a shell, which are private.
    Outputs,
    /// The diff of a patch, which is private.
    Diff,
}

/// The kind of a name. Others are added and done as they are.
pub(super) fn of(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// A kind whose items are added and done, with nothing between.
const fn plain(name: &'static str, prefix: &'static str) -> Kind {
    Kind { name, prefix, needs: &[], blanks: PLAIN, steps: &[] }
}

/// How an item begins of which nothing else is known.
pub(super) const PLAIN: &[Blank] = &[Blank::Begun];

const STATUS: Need = Need::Text("status", "completed");
const STUB: &[Blank] = &[Blank::Only(&["id", "type", "status"]), Blank::Begun];
const SEARCH: &[Step] = &[Step::Phase("in_progress"), Step::Phase("searching"), Step::Completed];

static KINDS: [Kind; 21] = [
    Kind {
        needs: &[STATUS, Need::List("content"), Need::Text("role", "assistant")],
        blanks: &[Blank::Begun, Blank::List("/content")],
        steps: &[Step::Content],
        ..plain("message", "msg_")
    },
    Kind {
        needs: &[Need::List("summary")],
        blanks: &[Blank::Begun, Blank::List("/summary"), Blank::List("/content")],
        steps: &[Step::Summary, Step::Content],
        ..plain("reasoning", "rs_")
    },
    Kind {
        needs: &[STATUS, Need::Text("arguments", "{}"), Need::CallId],
        blanks: &[Blank::Begun, Blank::Text("/arguments")],
        steps: &[Step::Text { member: "arguments", event: "function_call_arguments", beside: &["name"] }],
        ..plain("function_call", "fc_")
    },
    Kind {
        needs: &[Need::CallId, Need::Text("input", "")],
        blanks: &[Blank::Gone("status"), Blank::Text("/input")],
        steps: &[Step::Text { member: "input", event: "custom_tool_call_input", beside: &[] }],
        ..plain("custom_tool_call", "ctc_")
    },
    Kind { needs: &[STATUS], blanks: STUB, steps: SEARCH, ..plain("web_search_call", "ws_") },
    Kind {
        needs: &[STATUS, Need::List("queries")],
        blanks: &[Blank::Begun, Blank::List("/queries"), Blank::Null("results")],
        steps: SEARCH,
        ..plain("file_search_call", "fs_")
    },
    Kind {
        needs: &[STATUS],
        blanks: &[Blank::Begun, Blank::Text("/code"), Blank::Null("outputs")],
        steps: &[
            Step::Phase("in_progress"),
            Step::Text { member: "code", event: "code_interpreter_call_code", beside: &[] },
            Step::Phase("interpreting"),
            Step::Completed,
        ],
        ..plain("code_interpreter_call", "ci_")
    },
    Kind {
        needs: &[STATUS],
        blanks: STUB,
        steps: &[Step::Phase("in_progress"), Step::Phase("generating"), Step::Partials, Step::Completed],
        ..plain("image_generation_call", "ig_")
    },
    Kind {
        needs: &[Need::List("tools")],
        blanks: &[Blank::Begun, Blank::List("/tools"), Blank::NoNull("error")],
        steps: &[Step::Phase("in_progress"), Step::CompletedOrFailed],
        ..plain("mcp_list_tools", "mcpl_")
    },
    Kind {
        needs: &[STATUS, Need::Text("arguments", "{}")],
        blanks: &[Blank::Begun, Blank::Text("/arguments"), Blank::Null("output"), Blank::Null("error")],
        steps: &[
            Step::Phase("in_progress"),
            Step::OnePiece { member: "arguments", event: "mcp_call_arguments" },
            Step::CompletedOrFailed,
        ],
        ..plain("mcp_call", "mcp_")
    },
    plain("mcp_approval_request", "mcpr_"),
    Kind { needs: &[STATUS, Need::CallId], ..plain("computer_call", "cu_") },
    Kind { needs: &[STATUS, Need::CallId], ..plain("local_shell_call", "lsh_") },
    Kind {
        needs: &[STATUS, Need::CallId],
        blanks: &[Blank::Begun, Blank::List("/action/commands")],
        steps: &[Step::Commands],
        ..plain("shell_call", "sh_")
    },
    Kind { blanks: &[], steps: &[Step::Outputs], ..plain("shell_call_output", "sho_") },
    Kind {
        needs: &[STATUS, Need::CallId],
        blanks: &[Blank::Begun, Blank::Text("/operation/diff")],
        steps: &[Step::Diff],
        ..plain("apply_patch_call", "apc_")
    },
    plain("tool_search_call", "tsc_"),
    plain("tool_search_output", "tso_"),
    plain("compaction", "cmp_"),
    plain("program", "prog_"),
    plain("program_output", "progo_"),
];
