//! The inventory as a table.

use super::{Text, anchor};
use crate::{cyclonedx::plain, hostile::shortened, place};
use modelward_kernel::{Asset, Report};
use std::fmt::{self, Write as _};

pub(super) fn section(report: &Report, page: &mut String) -> fmt::Result {
    page.push_str("<section id=\"inventory\"><h2>Inventory</h2>\n<div class=\"scroll\"><table>\n<thead><tr>");
    for heading in ["Kind", "Name", "Version", "Digests", "Where", "Facts"] {
        write!(page, "<th scope=\"col\">{heading}</th>")?;
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for asset in report.inventory.assets() {
        row(asset, page)?;
    }
    page.push_str("</tbody></table></div>\n</section>\n");
    Ok(())
}

fn row(asset: &Asset, page: &mut String) -> fmt::Result {
    write!(
        page,
        "<tr id=\"{}\"><td>{}</td><td>{}</td><td>{}</td><td>",
        anchor(asset.id.as_str()),
        asset.kind,
        Text(&asset.name),
        Text(asset.version.as_deref().unwrap_or(""))
    )?;
    for (algorithm, digest) in &asset.digests {
        write!(page, "<code class=\"digest\">{}:{}</code> ", Text(algorithm), Text(digest))?;
    }
    page.push_str("</td><td>");
    for place in &asset.places {
        write!(page, "<code>{}</code> ", Text(&place::whole(place)))?;
    }
    page.push_str("</td><td>");
    if !asset.properties.is_empty() {
        page.push_str("<dl>");
        for (key, value) in &asset.properties {
            write!(page, "<dt>{}</dt><dd>{}</dd>", Text(key), Text(&shortened(&plain(value), 500)))?;
        }
        page.push_str("</dl>");
    }
    page.push_str("</td></tr>\n");
    Ok(())
}
