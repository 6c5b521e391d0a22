//! Reads the Markdown of a page: only headings and fences mean anything, everything else is prose.

use super::{Case, Expected, Fence, Page, SECTIONS};

pub(super) fn read(text: &str) -> Result<Page, Vec<String>> {
    let mut reader = PageReader::default();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        match ticks(line) {
            Some(width) => {
                let info = line[width..].trim();
                let mut body = String::new();
                let closed = lines.by_ref().map(|(_, line)| line).any(|line| {
                    let end = ticks(line)
                        .is_some_and(|closing| closing >= width && closing == line.trim_end().len());
                    if !end {
                        body.push_str(line);
                        body.push('\n');
                    }
                    end
                });
                if !closed {
                    reader.problem(index, "the fence is never closed");
                }
                reader.fence(index, info, body);
            }
            None => reader.heading(index, line),
        }
    }
    reader.finish()
}

/// The number of backticks that open or close a fence.
fn ticks(line: &str) -> Option<usize> {
    let width = line.bytes().take_while(|&b| b == b'`').count();
    (width >= 3).then_some(width)
}

#[derive(Default)]
struct PageReader {
    page: Page,
    sections: Vec<String>,
    heading: Option<String>,
    case: Option<Case>,
    problems: Vec<String>,
}

impl PageReader {
    fn problem(&mut self, index: usize, problem: impl AsRef<str>) {
        self.problems.push(format!("line {}: {}", index + 1, problem.as_ref()));
    }

    fn section(&self) -> &str {
        self.sections.last().map_or("", String::as_str)
    }

    fn heading(&mut self, index: usize, line: &str) {
        if let Some(title) = line.strip_prefix("# ") {
            if !self.page.title.is_empty() {
                self.problem(index, "a page has one `# ` heading");
            }
            title.trim().clone_into(&mut self.page.title);
        } else if let Some(title) = line.strip_prefix("## ") {
            self.end_case();
            self.heading = None;
            self.sections.push(title.trim().to_owned());
        } else if let Some(title) = line.strip_prefix("### ") {
            self.end_case();
            self.heading = Some(title.trim().to_owned());
        }
    }

    fn fence(&mut self, index: usize, info: &str, body: String) {
        match self.section() {
            "Flagged" | "Accepted" if info == "finding" => self.expected(index, &body),
            "Flagged" | "Accepted" => self.file(index, info, body),
            _ => {}
        }
    }

    fn file(&mut self, index: usize, info: &str, body: String) {
        let Some((encoding, path)) = info.split_once(' ') else {
            return self.problem(index, format!("the fence `{info}` names no file: write `{info} <path>`"));
        };
        let fence =
            Fence { encoding: encoding.to_owned(), path: path.trim().to_owned(), body, line: index + 1 };
        let title = self.heading.clone().unwrap_or_else(|| fence.path.clone());
        let case = self.case.get_or_insert_with(|| Case { title, line: index + 1, ..Case::default() });
        case.files.push(fence);
    }

    fn expected(&mut self, index: usize, body: &str) {
        if self.section() == "Accepted" {
            self.problem(index, "an accepted case has no findings");
        }
        let Some(mut case) = self.case.take() else {
            return self.problem(index, "the findings stand below no file");
        };
        for (below, line) in body.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match Expected::read(line) {
                Ok(expected) => case.expected.push(expected),
                Err(problem) => self.problem(index + 1 + below, problem),
            }
        }
        if case.expected.is_empty() {
            self.problem(index, "the block states no finding");
        }
        self.page.flagged.push(case);
    }

    fn end_case(&mut self) {
        let Some(case) = self.case.take() else { return };
        if self.section() == "Accepted" {
            self.page.accepted.push(case);
        } else {
            self.problem(case.line - 1, format!("the case `{}` lacks its ```finding block", case.title));
        }
    }

    fn finish(mut self) -> Result<Page, Vec<String>> {
        self.end_case();
        let wanted = SECTIONS.map(str::to_owned);
        if self.sections != wanted {
            self.problems.push(format!(
                "the sections are `{}`, and a page has `{}`",
                self.sections.join("`, `"),
                SECTIONS.join("`, `")
            ));
        }
        if self.page.flagged.is_empty() {
            self.problems.push("`## Flagged` has no case".to_owned());
        }
        if self.page.accepted.is_empty() {
            self.problems.push("`## Accepted` has no case".to_owned());
        }
        if self.problems.is_empty() { Ok(self.page) } else { Err(self.problems) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# bad-thing
## What it flags
Things.
```text
no file
```
## Why it matters
## How to fix
## References
## Flagged
```json config.json
{}
```
```finding
high bad-thing config.json:1: is bad
```
### Two files in one folder
````markdown README.md
```python
nested
```
````
```hex a.zip!b.bin
00
```
```finding
low bad-thing a.zip!b.bin: zero
low bad-thing README.md: fence
```
## Accepted
```json config.json
[]
```
";

    #[test]
    fn cases_are_files_with_their_findings() {
        let page = Page::read(PAGE).unwrap();
        assert_eq!(page.title, "bad-thing");
        let titles: Vec<&str> = page.cases().map(|case| case.title.as_str()).collect();
        assert_eq!(titles, ["config.json", "Two files in one folder", "config.json"]);
        assert_eq!(page.flagged[1].files[0].body, "```python\nnested\n```\n");
        assert_eq!(page.flagged[1].files[1].path, "a.zip!b.bin");
        assert_eq!(page.flagged[1].expected.len(), 2);
        assert_eq!(page.accepted[0].line, 31);
    }

    #[test]
    fn every_omission_is_named_with_its_line() {
        let problems =
            Page::read("# x\n## Flagged\n```json\n{}\n```\n```json a.json\n{}\n```\n").unwrap_err();
        assert_eq!(problems[0], "line 3: the fence `json` names no file: write `json <path>`");
        assert_eq!(problems[1], "line 6: the case `a.json` lacks its ```finding block");
        assert!(problems[2].starts_with("the sections are `Flagged`"));
        assert_eq!(problems[3], "`## Flagged` has no case");
        assert_eq!(problems[4], "`## Accepted` has no case");
    }

    #[test]
    fn findings_are_not_for_accepted_cases() {
        let page = PAGE.replace("[]\n```\n", "[]\n```\n```finding\nlow bad-thing config.json: x\n```\n");
        let problems = Page::read(&page).unwrap_err();
        assert!(problems[0].contains("an accepted case has no findings"), "{problems:?}");
    }
}
