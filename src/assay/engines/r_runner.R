# Runs one R step: Rscript --vanilla r_runner.R FOLDER FILE, in the folder of the scripts that the step takes in.
# FOLDER holds the step and input.db; rows go to output.db, what fails goes to fault/. See r_exchange.py for both files.

local({
  arguments <- commandArgs(trailingOnly = TRUE)
  folder <- arguments[[1L]]
  step <- file.path(folder, arguments[[2L]])

  # ---- What is wrong, a file for each part; the first fault counts -------------------------------------------------
  tell <- function(found, file, line = NULL, expected = "", hint = "") {
    to <- file.path(folder, "fault")
    if (dir.exists(to)) return(invisible())
    said <- list(file = file, line = as.character(line), expected = expected, hint = hint, found = found)
    tryCatch({
      if (!dir.create(to, showWarnings = FALSE)) stop("no room")
      for (part in names(said)) {
        writeBin(charToRaw(enc2utf8(paste(said[[part]], collapse = " "))), file.path(to, part))
      }
    }, error = function(condition) quit(save = "no", status = 228L, runLast = FALSE))  # NO_ROOM of full_disk.py
  }

  refuse <- function(found, expected, hint = "") {
    stop(structure(class = c("assay_refusal", "error", "condition"),
                   list(message = found, call = NULL, expected = expected, hint = hint)))
  }

  # ---- Where the step is: the innermost statement of the project's own files ------------------------------------------
  top <- 1L
  place <- function() {
    for (call in rev(sys.calls())) {
      reference <- attr(call, "srcref")
      if (is.null(reference)) next
      file <- attr(reference, "srcfile")$filename
      if (is.null(file)) next
      if (identical(file, basename(step))) return(list(file, as.integer(reference)[[1L]]))
      if (!startsWith(file, "/") && file.exists(file)) return(list(file, as.integer(reference)[[1L]]))
    }
    list(basename(step), top)
  }

  own_call <- quote(eval(statements[[i]], globalenv()))  # what R names for what stands outside of any function
  explain <- function(condition) {
    at <- place()
    message <- conditionMessage(condition)
    call <- conditionCall(condition)
    if (!is.null(call) && !identical(call, own_call)) message <- paste0(message, " (in ", deparse(call, width.cutoff = 60L)[[1L]], ")")
    hint <- ""
    if (grepl("converted from warning", message, fixed = TRUE)) {
      hint <- "A warning fails a step: mend its cause, or put suppressWarnings() around what is known to be right."
    }
    if (inherits(condition, "assay_refusal")) {
      tell(message, at[[1L]], at[[2L]], condition$expected, condition$hint)
    } else {
      tell(message, at[[1L]], at[[2L]], hint = hint)
    }
  }

  for (package in c("RSQLite", "bit64")) {
    if (!requireNamespace(package, quietly = TRUE)) {
      tell("none in R's libraries", basename(step), expected = paste("the R package", package),
           hint = "Install it: apt-get install r-cran-rsqlite.")
      quit(status = 0L)
    }
  }
  suppressPackageStartupMessages(library(bit64))  # its %in%, match and order know whole numbers of 64 bits

  # ---- Tables come in ---------------------------------------------------------------------------------------------
  input <- DBI::dbConnect(RSQLite::SQLite(), file.path(folder, "input.db"), flags = RSQLite::SQLITE_RO)
  job <- DBI::dbReadTable(input, "job")
  value_of <- function(key) job$value[job$key == key]

  integers <- function(content, rows, beside) readBin(content, "integer", rows)
  doubles <- function(content, rows, beside) readBin(content, "double", rows)
  texts <- function(content, rows, beside) {
    found <- readBin(content, "character", rows)
    Encoding(found) <- "UTF-8"
    found[readBin(beside, "integer", length(beside) / 4)] <- NA_character_
    found
  }
  pieces <- function(content, rows, beside) {
    sizes <- readBin(beside, "integer", rows)
    ends <- cumsum(pmax(sizes, 0L))
    lapply(seq_len(rows), function(i) if (sizes[[i]] >= 0L) content[ends[[i]] - sizes[[i]] + seq_len(sizes[[i]])])
  }
  read <- list(
    logical = list(integers, as.logical),
    integer = list(integers, as.integer),
    integer64 = list(doubles, function(x) structure(as.double(x), class = "integer64")),
    double = list(doubles, as.double),
    text = list(texts, as.character),
    date = list(doubles, function(x) structure(as.double(x), class = "Date")),
    moment = list(doubles, function(x) .POSIXct(as.double(x), tz = "UTC")),
    local = list(doubles, function(x) .POSIXct(as.double(x), tz = "")),
    time = list(doubles, function(x) structure(as.double(x), units = "secs", class = c("hms", "difftime"))),
    blob = list(pieces, function(x) if (is.null(x)) list() else x)
  )

  read_column <- function(table, position, kind) {
    parts <- DBI::dbGetQuery(input, paste('SELECT rows, content, beside FROM vectors',
                                          'WHERE "table" = ? AND position = ? ORDER BY part'),
                             params = list(table, position))
    found <- lapply(seq_len(nrow(parts)), function(i) {
      read[[kind]][[1L]](parts$content[[i]], parts$rows[[i]], parts$beside[[i]])
    })
    read[[kind]][[2L]](do.call(c, found))
  }

  assay_read <- function(table) {
    number <- value_of(paste("table", table))
    if (length(number) != 1L) {
      refuse(paste0("'", table, "'"), "a table that the step names in its text",
             'Write assay_read("NAME") with the name as it is.')
    }
    told <- DBI::dbGetQuery(input, 'SELECT position, name, kind FROM columns WHERE "table" = ? ORDER BY position',
                            params = list(number))
    columns <- lapply(seq_len(nrow(told)), function(i) read_column(number, told$position[[i]], told$kind[[i]]))
    structure(columns, names = told$name, class = "data.frame", row.names = .set_row_names(length(columns[[1L]])))
  }

  assay_as_of <- function() {
    day <- value_of("as_of")
    if (length(day) != 1L) refuse("assay_as_of() by another way", "assay_as_of() in the text of the step")
    as.Date(day)
  }

  # ---- Rows go out ------------------------------------------------------------------------------------------------
  kind_of <- function(x) {
    if (length(dim(x)) > 1L) NA_character_
    else if (is.factor(x)) "text"
    else if (inherits(x, "integer64")) "integer64"
    else if (inherits(x, "Date")) "date"
    else if (inherits(x, "POSIXct")) if (identical(c(attr(x, "tzone"), "")[[1L]], "")) "local" else "moment"
    else if (inherits(x, "hms")) "time"
    else if (inherits(x, "difftime")) NA_character_
    else if (is.list(x)) if (all(vapply(x, function(v) is.null(v) || is.raw(v), NA))) "blob" else NA_character_
    else if (is.logical(x)) "logical"
    else if (is.integer(x)) "integer"
    else if (base::is.double(x)) "double"
    else if (is.character(x)) "text"
    else NA_character_
  }

  as_vector <- function(x) list(writeBin(x, raw()), raw())
  as_doubles <- function(x) as_vector(as.double(unclass(x)))
  write <- list(
    logical = function(x) as_vector(as.integer(x)),
    integer = function(x) as_vector(as.integer(x)),
    integer64 = function(x) as_vector(structure(as.vector(unclass(x)), class = NULL)),
    double = as_doubles,
    text = function(x) list(writeBin(x, raw()), writeBin(which(is.na(x)), raw())),
    date = as_doubles,
    moment = as_doubles,
    local = as_doubles,
    time = as_doubles,
    blob = function(x) {
      sizes <- vapply(x, function(v) if (is.null(v)) -1L else length(v), 0L)
      list(as.raw(unlist(x, use.names = FALSE)), writeBin(sizes, raw()))
    }
  )

  part_rows <- 65536
  is_written <- FALSE
  assay_write <- function(rows) {
    if (is_written) refuse("a second assay_write()", "one data frame", "Bind the rows together before.")
    if (!is.data.frame(rows)) {
      refuse(paste("an object of class", paste(class(rows), collapse = " ")), "a data frame in assay_write()",
             "Make it one with data.frame().")
    }
    given <- rows
    rows <- lapply(unclass(given), function(x) if (inherits(x, "POSIXlt")) as.POSIXct(x) else x)
    names <- if (length(rows)) enc2utf8(names(given)) else character()
    if (anyNA(names) || any(names == "")) refuse("a column without one", "a name for each column", "Set names(rows).")
    kinds <- vapply(rows, kind_of, "")
    for (i in which(is.na(kinds))) {
      refuse(paste0(names[[i]], ", of class ", paste(class(rows[[i]]), collapse = " ")),
             "columns that have a type in a table", "Turn it into numbers, texts, days or moments before.")
    }
    for (i in which(kinds == "text")) {
      texts <- as.character(rows[[i]])
      if (!all(is.na(texts) | validUTF8(texts) | Encoding(texts) == "latin1")) {
        refuse(names[[i]], "texts in UTF-8", 'Say what they are: Encoding(x) <- "latin1", or turn them with iconv().')
      }
      rows[[i]] <- enc2utf8(texts)
    }
    for (i in which(kinds == "time")) units(rows[[i]]) <- "secs"
    write_down(names, unname(kinds), rows, nrow(given))
    is_written <<- TRUE
    invisible(given)
  }

  write_down <- function(names, kinds, columns, count) {
    output <- DBI::dbConnect(RSQLite::SQLite(), file.path(folder, "output.db"))
    on.exit(DBI::dbDisconnect(output))
    DBI::dbExecute(output, "PRAGMA journal_mode = OFF")
    DBI::dbExecute(output, "CREATE TABLE columns (position INTEGER, name TEXT, kind TEXT)")
    DBI::dbExecute(output, "INSERT INTO columns VALUES (?, ?, ?)", params = list(seq_along(names), names, kinds))
    DBI::dbExecute(output, "CREATE TABLE vectors (part INTEGER, rows INTEGER, content BLOB, beside BLOB)")
    for (part in seq_len(ceiling(count / part_rows))) {
      these <- seq.int((part - 1) * part_rows + 1, min(part * part_rows, count))
      vectors <- lapply(seq_along(columns), function(i) write[[kinds[[i]]]](columns[[i]][these]))
      DBI::dbExecute(output, "INSERT INTO vectors VALUES (?, ?, ?, ?)", params = list(
        rep(part, length(vectors)), rep(length(these), length(vectors)),
        lapply(vectors, `[[`, 1L), lapply(vectors, `[[`, 2L)
      ))
    }
  }

  # ---- The step runs, statement by statement, in the global environment ---------------------------------------------
  attach(list(assay_read = assay_read, assay_as_of = assay_as_of, assay_write = assay_write), name = "assay",
         warn.conflicts = FALSE)
  options(keep.source = TRUE, warn = 2L, stringsAsFactors = FALSE, encoding = "UTF-8", digits.secs = NULL)
  sink(stderr())  # standard output waits in a buffer, and whoever is ended would leave no last words
  tryCatch(
    withCallingHandlers({
      lines <- readLines(step, warn = FALSE, encoding = "UTF-8")
      source <- srcfilecopy(basename(step), lines)  # by its path, R would cut a long one in what it says
      statements <- tryCatch(parse(text = lines, srcfile = source, encoding = "UTF-8"), error = function(condition) {
        message <- sub("^.*?[.]R:", "", strsplit(conditionMessage(condition), "\n", fixed = TRUE)[[1L]][[1L]])
        tell(sub("^[0-9]+:[0-9]+: *", "", message), basename(step), sub(":.*$", "", message), "an R script")
        stop(condition)
      })
      references <- attr(statements, "srcref")
      for (i in seq_along(statements)) {
        top <- as.integer(references[[i]])[[1L]]
        eval(statements[[i]], globalenv())
      }
      if (!is_written) refuse("no call of it", "assay_write(), called once", "End the step with assay_write(DATA_FRAME).")
      file.create(file.path(folder, "done"))
    }, error = explain),
    error = function(condition) tell(conditionMessage(condition), basename(step), top)  # unless it was told already
  )
  quit(save = "no", status = 0L, runLast = FALSE)
})
