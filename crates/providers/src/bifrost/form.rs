//! Forms: `multipart/form-data` as a list of owned fields, and back.

use bytes::Bytes;
use standin_core::Headers;
use standin_core::matching::multipart::{Part, boundary, parts};

/// A form that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("the content type is not multipart/form-data")]
    OtherType,
    #[error("the content type names no boundary")]
    Boundless,
    #[error("the parts cannot be told apart: is the boundary the one that the content type names?")]
    Broken,
}

/// A form. What its fields hold are slices of the body, which they keep alive.
#[derive(Debug, Clone)]
pub(super) struct Form {
    boundary: String,
    fields: Vec<Field>,
}

/// One field.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    file: bool,
    headers: Vec<(String, String)>,
    content: Bytes,
}

// === impl Form ===

impl Form {
    /// Reads a body that has no content encoding.
    pub(super) fn read(headers: &Headers, body: &Bytes) -> Result<Self, Unreadable> {
        if headers.media_type().is_none_or(|media| media != "multipart/form-data") {
            return Err(Unreadable::OtherType);
        }
        let content_type = headers.get("content-type").unwrap_or_default();
        let boundary = boundary(content_type).ok_or(Unreadable::Boundless)?;
        let parts = parts(body, boundary).ok_or(Unreadable::Broken)?;
        let fields = parts.into_iter().filter_map(|part| Field::of(part, body)).collect();
        Ok(Form { boundary: boundary.to_owned(), fields })
    }

    /// The first text of a name.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.texts(name).next()
    }

    /// All texts of a name.
    pub(super) fn texts(&self, name: &str) -> impl Iterator<Item = String> {
        let fields = self.fields.iter().filter(move |field| !field.file && field.name == name);
        fields.map(|field| String::from_utf8_lossy(&field.content).into_owned())
    }

    /// How many files of a name there are.
    pub(super) fn files(&self, name: &str) -> usize {
        self.fields.iter().filter(|field| field.file && field.name == name).count()
    }

    /// Takes all fields of a name out.
    pub(super) fn without(&mut self, name: &str) {
        self.fields.retain(|field| field.name != name);
    }

    /// Takes the files of a name out.
    pub(super) fn without_files(&mut self, name: &str) {
        self.fields.retain(|field| !(field.file && field.name == name));
    }

    /// Keeps the first file of a name in its place, and calls the others something else.
    pub(super) fn rename_further_files(&mut self, name: &str, other: &str) {
        for field in self.fields.iter_mut().filter(|field| field.file && field.name == name).skip(1) {
            field.rename(other);
        }
    }

    /// Gives the first text of a name another value, and takes the others out.
    pub(super) fn set_text(&mut self, name: &str, value: &str) {
        let mut first = true;
        self.fields.retain_mut(|field| {
            if field.file || field.name != name {
                return true;
            }
            field.content = Bytes::copy_from_slice(value.as_bytes());
            std::mem::take(&mut first)
        });
    }

    /// Gives a text a value, and puts it last where there is none of its name.
    pub(super) fn put_text(&mut self, name: &str, value: &str) {
        if self.texts(name).next().is_some() {
            return self.set_text(name, value);
        }
        let content = Bytes::copy_from_slice(value.as_bytes());
        let headers = vec![(DISPOSITION.to_owned(), format!("form-data; name=\"{name}\""))];
        self.fields.push(Field { name: name.to_owned(), file: false, headers, content });
    }

    /// The same for equal forms, whatever boundary each came with.
    pub(super) fn canonical(&self) -> Bytes {
        Form { boundary: "form".to_owned(), fields: self.fields.clone() }.to_bytes()
    }

    /// The form as it is sent, with the boundary that it came with.
    pub(super) fn to_bytes(&self) -> Bytes {
        let mut body = Vec::with_capacity(self.fields.iter().map(|field| field.content.len() + 256).sum());
        for field in &self.fields {
            body.extend_from_slice(format!("--{}\r\n", self.boundary).as_bytes());
            for (name, value) in &field.headers {
                body.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
            body.extend_from_slice(b"\r\n");
            body.extend_from_slice(&field.content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        body.into()
    }
}

// === impl Field ===

impl Field {
    /// A part without a name is no field.
    fn of(part: Part<'_>, body: &Bytes) -> Option<Self> {
        let name = part.name()?.to_owned();
        // Clients whose file names are not ASCII may name the file in the extended form alone.
        let extended =
            || part.headers.iter().any(|(name, value)| name == DISPOSITION && value.contains("filename*="));
        let file = part.filename().is_some_and(|name| !name.is_empty()) || extended();
        Some(Field { name, file, content: body.slice_ref(part.content), headers: part.headers })
    }

    fn rename(&mut self, name: &str) {
        for (_, value) in self.headers.iter_mut().filter(|(header, _)| header == DISPOSITION) {
            let parameters = value.split(';').map(|parameter| {
                if parameter.trim().starts_with("name=") {
                    format!(" name=\"{name}\"")
                } else {
                    parameter.to_owned()
                }
            });
            *value = parameters.collect::<Vec<_>>().join(";");
        }
        name.clone_into(&mut self.name);
    }
}

const DISPOSITION: &str = "content-disposition";

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "preamble\r\n--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nopenai/whisper-1\r\n\
        --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\nRI\r\n\r\nFF\r\n\
        --x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nno file\r\n\
        --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n\
        --x\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''%C3%A9.wav\r\n\r\n\r\n\
        --x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nsecond\r\n--x--\r\n";

    fn headers(content_type: &str) -> Headers {
        Headers::from_iter([("Content-Type", content_type)])
    }

    #[test]
    fn a_form_is_changed_in_places_and_its_files_never() {
        let body = Bytes::from_static(BODY.as_bytes());
        let headers = headers("multipart/form-data; boundary=x");
        let mut form = Form::read(&headers, &body).unwrap();
        assert_eq!(form.text("model").as_deref(), Some("openai/whisper-1"));
        assert_eq!((form.files("file"), form.texts("file").count()), (2, 2));
        form.set_text("model", "whisper-1");
        form.rename_further_files("file", "others");
        let sent = form.to_bytes();
        let again = Form::read(&headers, &sent).unwrap();
        assert_eq!(again.texts("model").collect::<Vec<_>>(), ["whisper-1"]);
        assert_eq!((again.files("file"), again.files("others")), (1, 1));
        assert!(sent.windows(12).any(|bytes| bytes == b"\r\nRI\r\n\r\nFF\r\n"));
        form.put_text("prompt", "a hat");
        form.put_text("model", "tts-1");
        let again = Form::read(&headers, &form.to_bytes()).unwrap();
        assert_eq!(
            (again.text("prompt").as_deref(), again.text("model").as_deref()),
            (Some("a hat"), Some("tts-1"))
        );
        form.without_files("file");
        assert_eq!((form.files("file"), form.texts("file").count()), (0, 2));
        form.without("file");
        assert_eq!(form.texts("file").count(), 0);
    }

    #[test]
    fn what_is_no_form_says_why() {
        for (content_type, body, why) in [
            ("application/json", "{}", Unreadable::OtherType),
            ("multipart/form-data", BODY, Unreadable::Boundless),
            ("multipart/form-data; boundary=y", BODY, Unreadable::Broken),
            ("multipart/form-data; boundary=x", "", Unreadable::Broken),
        ] {
            let body = Bytes::from_static(body.as_bytes());
            assert_eq!(Form::read(&headers(content_type), &body).unwrap_err(), why, "{content_type}");
        }
        assert_eq!(Form::read(&Headers::new(), &Bytes::new()).unwrap_err(), Unreadable::OtherType);
    }
}
