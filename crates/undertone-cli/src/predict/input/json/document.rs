//! A JSON document → the text of each row. The rows are those of the list that has texts under the
//! name that is looked for; if several lists have, an option must choose one.

use serde_json::value::RawValue;

use super::kind::{DEEPEST, items};
use super::members;

/// A list in a document.
struct List<'a> {
    /// The names that lead to the list; empty for the document itself.
    path: String,
    content: Content<'a>,
}

enum Content<'a> {
    /// Values that are neither objects nor arrays, such as texts.
    Values(Vec<&'a RawValue>),
    Objects(Vec<&'a RawValue>),
    /// Rows of cells with a list of column names, as pandas writes them with `orient="split"`.
    Split {
        names: Vec<String>,
        rows: Vec<&'a RawValue>,
    },
    /// A list for each column name, all of one length.
    Columns {
        names: Vec<String>,
        columns: Vec<Vec<&'a RawValue>>,
    },
    /// Rows of cells without column names.
    Nameless,
}

/// The rows of a document, each as the text of an object. Values outside objects get the name
/// `wanted`.
pub(super) fn rows(
    document: &str,
    wanted: &str,
    list: Option<&str>,
) -> Result<Vec<String>, String> {
    let document: &RawValue = serde_json::from_str(document).map_err(|error| {
        format!(
            "expected JSON, found: {error}; if it has one object a line, give --input-format jsonl"
        )
    })?;
    let mut lists = Vec::new();
    find(document, "", wanted, 0, &mut lists)?;
    let chosen = choose(lists, wanted, list)?;
    let named = |name: &str, value: &RawValue| {
        Ok(format!("{}:{}", serde_json::to_string(name).map_err(|e| e.to_string())?, value.get()))
    };
    let object = |members: Vec<String>| format!("{{{}}}", members.join(","));
    match chosen.content {
        Content::Values(values) => {
            values.into_iter().map(|value| Ok(object(vec![named(wanted, value)?]))).collect()
        }
        Content::Objects(objects) => {
            let rows = objects.into_iter().enumerate().map(|(index, value)| match first(value) {
                b'{' => Ok(value.get().to_owned()),
                // null is a row without cells.
                b'n' => Ok("{}".to_owned()),
                _ => Err(format!(
                    "item {}: expected an object as the others, found {}",
                    index + 1,
                    short(value)
                )),
            });
            rows.collect()
        }
        Content::Split { names, rows } => {
            let rows = rows.into_iter().enumerate().map(|(index, row)| {
                let cells = items(row.get()).unwrap_or_default();
                if cells.len() != names.len() {
                    return Err(format!(
                        "row {} of data: expected {} cells, found {}",
                        index + 1,
                        names.len(),
                        cells.len()
                    ));
                }
                let cells = names.iter().zip(cells).map(|(name, cell)| named(name, cell));
                Ok(object(cells.collect::<Result<_, String>>()?))
            });
            rows.collect()
        }
        Content::Columns { names, columns } => (0..columns.first().map_or(0, Vec::len))
            .map(|row| {
                let cells =
                    names.iter().zip(&columns).map(|(name, column)| named(name, column[row]));
                Ok(object(cells.collect::<Result<_, String>>()?))
            })
            .collect(),
        Content::Nameless => Err(format!(
            "expected objects that name their columns, found rows of cells without names in {}; \
             write it again with names, as pandas does with orient=\"records\" or \"split\"",
            shown(&chosen.path)
        )),
    }
}

/// The list that holds the rows.
fn choose<'a>(
    mut lists: Vec<List<'a>>,
    wanted: &str,
    path: Option<&str>,
) -> Result<List<'a>, String> {
    let names = |lists: &[&List<'_>]| {
        let names: Vec<String> = lists.iter().map(|list| shown(&list.path)).collect();
        names.join(", ")
    };
    let all: Vec<&List<'_>> = lists.iter().collect();
    if let Some(path) = path {
        let position = lists.iter().position(|list| list.path == path).ok_or_else(|| {
            format!("expected a list {path:?}, found {}; name another with --list", names(&all))
        })?;
        return Ok(lists.swap_remove(position));
    }
    if lists.is_empty() {
        return Err("expected a list of texts or of objects, found none; give a document with one"
            .to_owned());
    }
    let fitting: Vec<usize> = (0..lists.len()).filter(|&at| lists[at].has(wanted)).collect();
    let position = match fitting[..] {
        [only] => only,
        // What is wrong with the only list is reported when its rows are read.
        [] if lists.len() == 1 && lists[0].may_be_meant() => 0,
        [] => {
            return Err(format!(
                "expected a list of objects with a {wanted:?}, found {}; name the texts with \
                 --text-column, or the list with --list",
                names(&all)
            ));
        }
        _ => {
            let fitting: Vec<&List<'_>> = fitting.iter().map(|&at| &lists[at]).collect();
            return Err(format!(
                "expected one list of objects with a {wanted:?}, found several: {}; choose one with \
                 --list",
                names(&fitting)
            ));
        }
    };
    Ok(lists.swap_remove(position))
}

impl List<'_> {
    /// Whether the rows of the list have texts under a name.
    fn has(&self, wanted: &str) -> bool {
        match &self.content {
            Content::Objects(objects) => objects.iter().any(|object| {
                members(object.get())
                    .is_ok_and(|members| members.iter().any(|(name, _)| name == wanted))
            }),
            Content::Split { names, .. } | Content::Columns { names, .. } => {
                names.iter().any(|name| name == wanted)
            }
            Content::Values(_) | Content::Nameless => false,
        }
    }

    /// Whether the list may hold texts under some name.
    fn may_be_meant(&self) -> bool {
        match &self.content {
            Content::Values(values) => values.iter().any(|value| first(value) == b'"'),
            _ => true,
        }
    }
}

/// Finds the lists in a value: also in the members of objects, but not in the items of lists.
fn find<'a>(
    value: &'a RawValue,
    path: &str,
    wanted: &str,
    depth: usize,
    lists: &mut Vec<List<'a>>,
) -> Result<(), String> {
    if depth > DEEPEST {
        return Ok(());
    }
    let add = |content, lists: &mut Vec<List<'a>>| {
        lists.push(List { path: path.to_owned(), content });
    };
    match first(value) {
        b'[' => {
            let items = items(value.get())?;
            let has = |begin| items.iter().any(|item| first(item) == begin);
            let content = if has(b'{') {
                Content::Objects(items)
            } else if has(b'[') {
                Content::Nameless
            } else {
                Content::Values(items)
            };
            add(content, lists);
        }
        b'{' => {
            let members = members(value.get())?;
            let member = |name: &str| {
                members.iter().find(|(found, _)| found == name).map(|(_, value)| *value)
            };
            if let (Some(names), Some(data)) = (member("columns"), member("data"))
                && let (Ok(names), Ok(rows)) = (texts(names), items(data.get()))
                && rows.iter().all(|row| first(row) == b'[')
            {
                add(Content::Split { names, rows }, lists);
                return Ok(());
            }
            if let Some(content) = columns(&members, wanted) {
                add(content, lists);
                return Ok(());
            }
            for (name, value) in &members {
                let inner =
                    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
                find(value, &inner, wanted, depth + 1, lists)?;
            }
        }
        _ => {}
    }
    Ok(())
}

type MemberList<'m, 'a> = &'m [(std::borrow::Cow<'a, str>, &'a RawValue)];

/// The table in an object that has columns or rows as its members, if it is one.
fn columns<'a>(members: MemberList<'_, 'a>, wanted: &str) -> Option<Content<'a>> {
    let has_wanted = members.iter().any(|(name, _)| name == wanted);
    let all = |begin| !members.is_empty() && members.iter().all(|(_, value)| first(value) == begin);
    let names = || members.iter().map(|(name, _)| name.to_string()).collect();
    if has_wanted && all(b'[') {
        let columns: Vec<Vec<&RawValue>> =
            members.iter().map(|(_, list)| items(list.get()).ok()).collect::<Option<_>>()?;
        let length = columns.first()?.len();
        let is_table = columns.iter().all(|column| column.len() == length);
        return is_table.then(|| Content::Columns { names: names(), columns });
    }
    if !all(b'{') {
        return None;
    }
    let rows: Vec<_> =
        members.iter().map(|(_, value)| self::members(value.get()).ok()).collect::<Option<_>>()?;
    let keys = |at: usize| rows[at].iter().map(|(key, _)| key);
    // pandas by default: the name of the column, then the number of the row.
    if has_wanted && (1..rows.len()).all(|at| keys(at).eq(keys(0))) {
        let columns = rows.iter().map(|row| row.iter().map(|(_, value)| *value).collect());
        return Some(Content::Columns { names: names(), columns: columns.collect() });
    }
    // The number of the row, then the name of the column.
    if rows.iter().all(|row| row.iter().any(|(name, _)| name == wanted)) {
        return Some(Content::Objects(members.iter().map(|(_, value)| *value).collect()));
    }
    None
}

fn texts(value: &RawValue) -> Result<Vec<String>, serde_json::Error> {
    serde_json::from_str(value.get())
}

fn first(value: &RawValue) -> u8 {
    value.get().as_bytes().first().copied().unwrap_or_default()
}

fn shown(path: &str) -> String {
    if path.is_empty() { "the document itself".to_owned() } else { format!("{path:?}") }
}

fn short(value: &RawValue) -> String {
    value.get().chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(document: &str, wanted: &str) -> Result<String, String> {
        rows(document, wanted, None).map(|rows| rows.join(" "))
    }

    #[test]
    fn the_list_that_has_the_texts_is_found() {
        let expected = Ok(r#"{"text":"a"} {"text":"b"}"#);
        for document in [
            r#"["a", "b"]"#,
            r#"[{"text":"a"}, {"text":"b"}]"#,
            r#"{"tags":["x","y"],"data":{"rows":[{"text":"a"},{"text":"b"}]}}"#,
            r#"{"fields":[{"name":"text"}],"rows":[{"text":"a"},{"text":"b"}]}"#,
            r#"{"columns":["text"],"index":[0,1],"data":[["a"],["b"]]}"#,
            r#"{"text":["a","b"]}"#,
            r#"{"text":{"0":"a","1":"b"}}"#,
            r#"{"0":{"text":"a"},"1":{"text":"b"}}"#,
        ] {
            assert_eq!(found(document, "text").as_deref(), expected, "{document}");
        }
        assert_eq!(
            found(r#"{"id":{"0":7},"text":{"0":"a"}}"#, "text").as_deref(),
            Ok(r#"{"id":7,"text":"a"}"#)
        );
        assert_eq!(found("[null, {\"text\": 1.0}]", "text").as_deref(), Ok("{} {\"text\": 1.0}"));
    }

    #[test]
    fn what_could_be_several_lists_is_asked_for() {
        let two = r#"{"a":[{"text":"x"}],"b":{"c":[{"text":"y"}]}}"#;
        let error = found(two, "text").unwrap_err();
        assert!(error.contains("\"a\", \"b.c\"") && error.contains("--list"), "{error}");
        assert_eq!(rows(two, "text", Some("b.c")).unwrap(), [r#"{"text":"y"}"#]);
        assert!(rows(two, "text", Some("c")).unwrap_err().contains("\"b.c\""));
        let error = found(r#"{"tags":["x"],"hits":[{"title":"y"}]}"#, "text").unwrap_err();
        assert!(error.contains("--text-column") && error.contains("\"hits\""), "{error}");
        assert!(found("{\"a\":1}", "text").unwrap_err().contains("found none"));
        assert!(found("[[1,2]]", "text").unwrap_err().contains("orient"));
        assert!(found("{\"text\":\"a\"}\n{\"text\":\"b\"}", "text").unwrap_err().contains("jsonl"));
        assert!(found("[{\"text\":\"a\"},5]", "text").unwrap_err().contains("item 2"));
    }
}
