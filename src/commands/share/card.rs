//! `share card`: write what the consumer needs to know into one file.

use clap::ValueEnum;

use super::gallery::GalleryArgs;
use crate::app::App;
use crate::commands::file_argument::FileArgument;
use crate::error::Result;
use crate::id::ClientId;
use crate::ops::share::card::{self, Card};
use crate::ops::share::card_text::write_markdown;
use crate::output::{Output, View};

/// Write the hand-over file of a gallery: what a consumer has to know, and nothing secret
///
/// It holds the cloud, the publisher's tenant, the gallery, its images and versions with their regions.
/// It also has how the gallery is shared, and the client id of the application if one is named. The
/// consumer's commands take it as `--card FILE`. The same gallery gives the same bytes. With --format
/// markdown it is a text to mail along with the file, with the publisher's name if that is known here.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share card -g images-rg --gallery sharedGallery --output-file card.json
  az-imageshare share card -g images-rg --gallery sharedGallery \\
      --client-id e53840bb-4179-424f-8f90-52a1631d1601
  az-imageshare share card -g images-rg --gallery sharedGallery --format markdown

Permissions: Reader on the gallery.
API: https://learn.microsoft.com/rest/api/compute/gallery-images/list-by-gallery")]
pub(crate) struct CardArgs {
    #[command(flatten)]
    gallery: GalleryArgs,
    /// Application that the consumer is to accept
    #[arg(long, value_name = "GUID")]
    client_id: Option<ClientId>,
    /// `json` for commands, or `markdown` for people: a text to mail
    #[arg(long, value_enum, ignore_case = true, default_value = "json", hide_default_value = true)]
    format: CardFormat,
    /// Write the card to a file, and nothing to standard output
    #[arg(long, value_name = "FILE")]
    output_file: Option<FileArgument>,
}

/// In what form a card is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CardFormat {
    /// The file that commands take
    Json,
    /// A text to mail with it
    Markdown,
}

impl View for Card {
    const TABLE: &'static str = "{Gallery:gallery.name, Publisher:publisherTenantId, Methods:join(', ', methods), Images:length(images)}";
}

pub(super) fn write_consumer_card(args: &CardArgs, app: &App) -> Result<Output> {
    let card = app.block_on(async {
        let (site, gallery) = args.gallery.open(app).await?;
        card::draw(&site, &gallery, args.client_id).await
    })?;
    let text = (args.format == CardFormat::Markdown).then(|| {
        let publisher = card.publisher_tenant_id.and_then(|id| app.tenant_name(id));
        card.markdown(publisher.as_deref())
    });
    let Some(path) = args.output_file.as_ref().map(|file| file.path(app)) else {
        return Ok(text.map_or_else(|| Output::of(&card), Output::verbatim));
    };
    match text {
        Some(text) => write_markdown(&text, &path)?,
        None => card.write(&path)?,
    }
    app.reporter.note(&format!("Written to {}", path.display()));
    Ok(Output::none())
}
