//! The inventory as a graph: for each asset what it contains, depends on and comes from, each end a link. Written as a
//! list, so that it can be read aloud, searched and printed.

use super::{Text, link};
use crate::place;
use modelward_kernel::{AssetId, Modality, Relation, Report};
use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

pub(super) fn section(report: &Report, page: &mut String) -> fmt::Result {
    page.push_str("<section id=\"graph\"><h2>Graph</h2>\n");
    let mut by_source: BTreeMap<&AssetId, Vec<&Relation>> = BTreeMap::new();
    for relation in report.inventory.relations() {
        by_source.entry(&relation.from).or_default().push(relation);
    }
    if by_source.is_empty() {
        page.push_str("<p>No relation was found.</p>\n</section>\n");
        return Ok(());
    }
    page.push_str("<ul class=\"graph\">\n");
    for (from, mut relations) in by_source {
        relations.sort_by(|a, b| (a.kind, &a.to).cmp(&(b.kind, &b.to)));
        writeln!(page, "<li>{}\n<ul>", link(report, from))?;
        for relation in relations {
            edge(report, relation, page)?;
        }
        page.push_str("</ul></li>\n");
    }
    page.push_str("</ul>\n</section>\n");
    Ok(())
}

fn edge(report: &Report, relation: &Relation, page: &mut String) -> fmt::Result {
    let sure = match relation.modality {
        Modality::Must => "",
        Modality::May => " (may)",
        Modality::Unknown => " (not known)",
    };
    write!(
        page,
        "<li id=\"{}\"><b>{}{sure}</b> {}",
        Text(&relation.id()),
        relation.kind,
        link(report, &relation.to)
    )?;
    if let Some(place) = relation.places.first() {
        write!(page, ", seen in <code>{}</code>", Text(&place::whole(place)))?;
    }
    if let Some(condition) = &relation.condition {
        write!(page, ", when {}", Text(condition))?;
    }
    page.push_str("</li>\n");
    Ok(())
}
