# Reference values for the plain DeLong variance, from R's package pROC: writes
# crates/evaluation/tests/fixtures/delong-proc.csv (name, value) for the rows of delong-rows.csv (delong.py), and prints
# the published example aSAH (Turck et al. 2010) as the table of outcome by wfns.
#
#     Rscript tests/reference/delong.R
suppressMessages(library(pROC))
folder <- "crates/evaluation/tests/fixtures"
rows <- read.csv(file.path(folder, "delong-rows.csv"))
model <- roc(rows$churned, rows$model, levels = c(0, 1), direction = "<")
baseline <- roc(rows$churned, rows$baseline, levels = c(0, 1), direction = "<")
test <- roc.test(model, baseline, method = "delong", paired = TRUE)
ci <- ci.auc(model, method = "delong")
values <- c(
  plain_model_auc = as.numeric(auc(model)), plain_baseline_auc = as.numeric(auc(baseline)),
  plain_model_variance = var(model, method = "delong"), plain_baseline_variance = var(baseline, method = "delong"),
  plain_covariance = cov(model, baseline, method = "delong"), plain_z = as.numeric(test$statistic)
)
out <- file(file.path(folder, "delong-proc.csv"), "w")
cat(sprintf("# tests/reference/delong.R; pROC %s, R %s\n", packageVersion("pROC"), getRversion()), file = out)
cat(sprintf("%s,%.17g\n", names(values), values), sep = "", file = out)
close(out)

data(aSAH)
wfns <- roc(aSAH$outcome, as.numeric(aSAH$wfns), levels = c("Good", "Poor"), direction = "<")
print(table(aSAH$outcome, aSAH$wfns))
cat(sprintf("%.17g\n", c(auc(wfns), var(wfns, method = "delong"), ci.auc(wfns, method = "delong"))))
