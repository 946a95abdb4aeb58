//! The images of products: where documents name them, and how the original's address is made.

use crate::entities::entity::{PICTURES, Pictures, Upload};

/// The list of a product's images, sent back row by row; a variant's, a modifier value's and a
/// swatch's single ones.
pub(super) const PRODUCT_PICTURES: &[Pictures] = &[
    Pictures {
        at: "images[]",
        urls: &["url_zoom", "url_standard"],
        file: "image_file",
        original,
        ..PICTURES
    },
    Pictures {
        at: "variants[]",
        urls: &["image_url"],
        // Larger ones are answered with 500 (product-variants_catalog.v3.yml).
        upload: Some(Upload {
            path: "/catalog/products/{id}/variants/{1}/image",
            remove: None,
            bytes_max: 1024 * 1024,
        }),
        ..PICTURES
    },
    Pictures {
        at: "modifiers[].option_values[]",
        urls: &["adjusters.image_url"],
        upload: Some(Upload {
            path: "/catalog/products/{id}/modifiers/{1}/values/{2}/image",
            remove: None,
            bytes_max: 8 * 1024 * 1024,
        }),
        ..PICTURES
    },
    // What is read is a preview, and no request takes a file for one.
    Pictures {
        at: "options[].option_values[]",
        urls: &["value_data.image_url"],
        ..PICTURES
    },
];

/// The address of the original: that of the largest rendition without its size. The form is that of
/// the storefront's `urlOriginal` (`docs/storefront/graphql/examples/products.mdx`); that it can be
/// derived is not documented, so it is only tried.
fn original(url: &str) -> Option<String> {
    if let Some((before, after)) = url.split_once("/images/stencil/") {
        let (_, rest) = after.split_once('/')?;
        return Some(format!("{before}/images/stencil/original/{rest}"));
    }
    let (base, rest) = url.split_once("/products/")?;
    let (product, rest) = rest.split_once("/images/")?;
    let (image, file) = rest.split_once('/')?;
    let (file, query) = match file.split_once('?') {
        Some((file, query)) => (file, format!("?{query}")),
        None => (file, String::new()),
    };
    let mut words: Vec<&str> = file.split('.').collect();
    let size = words.len().checked_sub(3)?;
    let is_number = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
    if size == 0 || !words[size..size + 2].iter().all(is_number) {
        return None;
    }
    words.drain(size..size + 2);
    let file = words.join(".");
    Some(format!(
        "{base}/images/stencil/original/products/{product}/{image}/{file}{query}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_originals_address_is_made_of_either_form_and_of_no_other() {
        let to = "https://c/s-x/images/stencil/original/products/86/286/a__8.153.jpg?c=2";
        for from in [
            "https://c/s-x/products/86/images/286/a__8.153.1280.1280.jpg?c=2",
            "https://c/s-x/images/stencil/1280x1280/products/86/286/a__8.153.jpg?c=2",
        ] {
            assert_eq!(original(from).as_deref(), Some(to), "{from}");
        }
        for from in ["https://c/s-x/products/86/images/286/a.jpg", "https://c/a.1280.1280.jpg", ""] {
            assert_eq!(original(from), None, "{from}");
        }
    }
}
