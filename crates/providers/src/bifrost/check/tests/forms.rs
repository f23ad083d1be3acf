use super::{FORMAT, said, submit_with, told};
use crate::bifrost::{AsyncKind, ErrorObject, ModelRules, Submission, fails_unrun};

/// A form: names with texts, and with `@` before them, of files.
pub(super) fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = String::new();
    for (name, value) in fields {
        let (name, file) = name.strip_prefix('@').map_or((*name, ""), |name| (name, "; filename=\"f.bin\""));
        body += &format!("--b0\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n");
    }
    (body + "--b0--\r\n").into_bytes()
}

pub(super) fn submit_form(kind: AsyncKind, fields: &[(&str, &str)]) -> Result<Submission, ErrorObject> {
    submit_with(kind, "multipart/form-data; boundary=b0", &form(fields), &ModelRules::default())
}

/// Asserts what is said of a form with a model and these fields.
fn told_of_form(kind: AsyncKind, fields: &[(&str, &str)], message: Option<&str>) {
    let fields = [&[("model", "openai/m")], fields].concat();
    said(submit_form(kind, &fields).map(|_| ()), message, &format!("{kind}: {fields:?}"));
}

#[test]
fn every_kind_refuses_what_is_no_form() {
    let json = "failed to parse multipart form: the content type is not multipart/form-data";
    for kind in AsyncKind::ALL.into_iter().filter(|kind| kind.takes_forms()) {
        for body in ["", "null", "[]", r#"{"model":"openai/m"}"#] {
            told(kind, body, Some(json));
        }
        let cut = submit_with(kind, "multipart/form-data; boundary=b0", b"--b0\r\n", &ModelRules::default());
        said(
            cut.map(|_| ()),
            Some(
                "failed to parse multipart form: the parts cannot be told apart: is the boundary the one that the content type names?",
            ),
            "cut",
        );
        for (model, message) in
            [("", "model is required"), ("gpt-4o", FORMAT), ("openai/", FORMAT), ("nosuch/x", FORMAT)]
        {
            said(submit_form(kind, &[("model", model)]).map(|_| ()), Some(message), model);
        }
        said(
            submit_form(kind, &[("prompt", "p")]).map(|_| ()),
            Some("model is required"),
            "no model, no file",
        );
    }
}

#[test]
fn transcriptions() {
    let kind = AsyncKind::Transcriptions;
    told_of_form(kind, &[], Some("file is required"));
    told_of_form(kind, &[("file", "RIFF")], Some("file is required"));
    told_of_form(kind, &[("stream", "true")], Some("file is required"));
    told_of_form(kind, &[("@file", "")], None);
    told_of_form(
        kind,
        &[("@file", "x"), ("stream", "true")],
        Some("stream is not supported for async transcriptions"),
    );
    for no in ["false", "TRUE", "1", ""] {
        told_of_form(kind, &[("@file", "x"), ("stream", no)], None);
    }
}

#[test]
fn image_edits() {
    let kind = AsyncKind::ImageEdits;
    told_of_form(kind, &[("prompt", "p"), ("n", "abc")], Some("at least one image is required"));
    told_of_form(kind, &[("@image[]", "a"), ("@image[]", "b"), ("prompt", "p")], None);
    for name in ["n", "partial_images", "num_inference_steps", "seed", "output_compression"] {
        for (value, wrong) in [("abc", true), ("1.5", true), ("-1", false), ("+7", false), ("", false)] {
            let message = format!("invalid {name} value: \"{value}\" is not a whole number");
            told_of_form(kind, &[("@image", "a"), (name, value)], wrong.then_some(&message));
        }
    }
    let both = [("@image", "a"), ("seed", "x"), ("n", "y"), ("stream", "true")];
    told_of_form(kind, &both, Some("invalid n value: \"y\" is not a whole number"));
    told_of_form(
        kind,
        &[("@image", "a"), ("stream", "true")],
        Some("stream is not supported for async image edits"),
    );
    told_of_form(kind, &[("@image", "a"), ("stream", "True")], None);

    for (fields, fails) in [
        (&[][..], true),
        (&[("prompt", "")], true),
        (&[("prompt", "p")], false),
        (&[("type", " Remove-Background ")], false),
        (&[("type", "inpaint")], true),
    ] {
        let fields = [&[("model", "openai/m"), ("@image", "a")], fields].concat();
        let submitted = submit_form(kind, &fields).unwrap();
        let failure = fails_unrun(kind, &submitted.run).map(|error| (error.status, error.message));
        let expected = fails.then(|| (500, "prompt not provided for image edit request".to_owned()));
        assert_eq!(failure, expected, "{fields:?}");
    }
}

#[test]
fn image_variations() {
    let kind = AsyncKind::ImageVariations;
    told_of_form(kind, &[], Some("at least one image is required"));
    told_of_form(kind, &[("@image", "a"), ("n", "x")], Some("invalid n value: \"x\" is not a whole number"));
    told_of_form(kind, &[("@image", "a"), ("stream", "true")], None);
}
