using System.Globalization;
using System.Xml.Linq;
using MnistAdder.Serving;
using MnistAdder.Training.Evaluation;
using MnistAdder.Training.Network;
using MnistAdder.Training.Page;
using MnistAdder.Training.Page.Plots;
using MnistAdder.Training.Recipes;
using MnistAdder.Training.Tests.Output;

namespace MnistAdder.Training.Tests.Page;

[Collection(TorchGenerator.Tests)]
public sealed class ReportPageTests(ReportedRun run) : IClassFixture<ReportedRun>
{
    [Fact]
    public void The_page_refers_to_nothing_outside_itself()
    {
        Assert.DoesNotContain(run.Page.Descendants(), element => element.Name.LocalName is "script" or "link" or "iframe" or "object" or "base");
        Assert.All(run.Page.Descendants().Attributes("src"), source => Assert.StartsWith("data:image/png;base64,", source.Value, StringComparison.Ordinal));
        Assert.All(run.Page.Descendants().Attributes("href"), link => Assert.StartsWith("#", link.Value, StringComparison.Ordinal));
        string css = run.Page.Descendants(Html.Namespace + "style").Single().Value;
        Assert.DoesNotContain("url(", css, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", css, StringComparison.Ordinal);
        // HTML reads a style element as it stands, so that it can't hold what XML would escape.
        Assert.DoesNotContain(css, character => character is '<' or '>' or '&');
    }

    [Fact]
    public void Only_elements_without_content_by_definition_lack_an_end_tag()
    {
        IEnumerable<string> empty = run.Page.Descendants().Where(one => one.IsEmpty && one.Name.Namespace == Html.Namespace).Select(one => one.Name.LocalName).Distinct();
        Assert.Subset(new HashSet<string> { "meta", "img" }, empty.ToHashSet());
    }

    [Fact]
    public void Every_id_is_unique_and_every_reference_finds_one()
    {
        string[] ids = [.. run.Page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        IEnumerable<string> labels = run.Page.Descendants().Attributes("aria-labelledby").SelectMany(label => label.Value.Split(' '));
        IEnumerable<string> links = run.Page.Descendants().Attributes("href").Select(link => link.Value.TrimStart('#'));
        Assert.Subset(ids.ToHashSet(), labels.Concat(links).ToHashSet());
    }

    [Fact]
    public void Every_picture_has_a_title_a_description_and_a_table()
    {
        XElement[] pictures = [.. run.Page.Descendants(Svg.Namespace + "svg")];
        Assert.Equal(11, pictures.Length);
        Assert.All(pictures, picture =>
        {
            Assert.NotEmpty(picture.Element(Svg.Namespace + "title")!.Value);
            Assert.NotEmpty(picture.Element(Svg.Namespace + "desc")!.Value);
            string name = picture.Element(Svg.Namespace + "title")!.Attribute("id")!.Value;
            XElement around = picture.Ancestors(Html.Namespace + (name.StartsWith("addends", StringComparison.Ordinal) ? "section" : "figure")).First();
            Assert.True(ReportedRun.Rows(around).Length > 1);
        });
    }

    [Fact]
    public void The_files_beside_the_page_are_its_pictures()
    {
        string[] files = [.. Directory.GetFiles(run["run"], "*.svg")];
        XElement[] pictures = [.. run.Page.Descendants(Svg.Namespace + "svg")];
        Assert.Equal(pictures.Select(Text).Order(), files.Select(file => Text(AsInPage(XDocument.Load(file).Root!))).Order());

        static string Text(XElement picture) => picture.ToString(SaveOptions.DisableFormatting);
        static XElement AsInPage(XElement picture)
        {
            picture.Elements(Svg.Namespace + "style").Single().Remove();
            picture.Elements(Svg.Namespace + "rect").Single(one => one.Attribute("class")!.Value == "paper").Remove();
            return picture;
        }
    }

    [Fact]
    public void The_summary_and_the_calibration_errors_are_those_of_metrics_json()
    {
        Assert.Equal(Percent(run.Metrics.GetProperty("digit_accuracy").GetDouble()), run.ById("digit-accuracy").Value);
        Assert.Equal(Percent(run.Metrics.GetProperty("sum_accuracy").GetDouble()), run.ById("sum-accuracy").Value);
        Assert.Equal(Percent(run.Metrics.GetProperty("expected_calibration_error").GetProperty("digit").GetDouble()), run.ById("digit-calibration-error").Value);
        Assert.Equal(Percent(run.Metrics.GetProperty("expected_calibration_error").GetProperty("sum").GetDouble()), run.ById("sum-calibration-error").Value);
        Dictionary<string, string> facts = run.ById("summary").Descendants(Html.Namespace + "dt").ToDictionary(name => name.Value, name => name.ElementsAfterSelf().Single().Value);
        Assert.Equal("seed", facts["Recipe"]);
        Assert.Equal("synthetic: 300 training images", facts["Dataset"]);
        Assert.Equal("50 test images, each with all ten addends", facts["Evaluated on"]);
        Assert.Equal("21,843", facts["Parameters"]);
        Assert.Equal("3", facts["Epochs"]);
        Assert.EndsWith("This run chose nothing by the test images: what counts is the last epoch, whatever they say of it.", run.ById("summary").Value, StringComparison.Ordinal);
    }

    [Fact]
    public void The_curves_read_against_their_axes_are_history_csv()
    {
        string[] series = ["digit, test", "digit, training", "sum, test", "sum, training"];
        string[] columns = ["test_digit", "train_digit", "test_sum", "train_sum"];
        Assert.Equal(series, run.Legend("loss"));
        Assert.Equal(series, run.Legend("accuracy"));
        for (int i = 0; i < series.Length; i++)
        {
            double[] losses = run.ReadSeries("loss", series[i], Math.Log), errors = run.ReadSeries("accuracy", series[i], label => Math.Log(100 - label));
            Assert.Equal(3, losses.Length);
            for (int epoch = 0; epoch < 3; epoch++)
            {
                double loss = run.History[epoch][$"{columns[i]}_loss"], accuracy = run.History[epoch][$"{columns[i]}_accuracy"];
                Assert.Equal(1, Math.Exp(losses[epoch]) / loss, 0.01);
                Assert.Equal(1, Math.Exp(errors[epoch]) / (100 * (1 - accuracy)), 0.01);
                Assert.Equal(loss.ToString("0.0000", CultureInfo.InvariantCulture), run.TableOf("loss")[epoch + 1][i + 1]);
                Assert.Equal(Percent(accuracy), run.TableOf("accuracy")[epoch + 1][i + 1]);
            }
        }

        Assert.Equal(["1", "2", "3"], run.Plot("loss").Elements(Svg.Namespace + "text").Where(text => text.Attribute("class")!.Value == "tick horizontal").Select(text => text.Value));
    }

    [Theory]
    [InlineData("digit", 10, 50)]
    [InlineData("sum", 19, 500)]
    public void The_confusion_matrix_counts_every_answer_and_its_diagonal_is_the_accuracy(string head, int classes, int rows)
    {
        int[][] counts = Counts(head);
        Assert.Equal(classes, counts.Length);
        Assert.Equal(rows, counts.Sum(row => row.Sum()));
        Assert.Equal(run.Metrics.GetProperty($"{head}_accuracy").GetDouble(), Enumerable.Range(0, classes).Sum(one => counts[one][one]) / (double)rows, 9);

        IEnumerable<XElement> drawn = run.Plot($"confusion-{head}").Descendants(Svg.Namespace + "text").Where(text => text.Attribute("class")!.Value == "cell-count");
        Assert.Equal(counts.SelectMany(row => row).Where(count => count > 0), drawn.Select(text => int.Parse(text.Value, CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData("digit")]
    [InlineData("sum")]
    public void Precision_and_recall_follow_from_the_confusion_matrix(string head)
    {
        int[][] counts = Counts(head);
        string[][] table = run.TableOf($"classes-{head}");
        for (int one = 0; one < counts.Length; one++)
        {
            int expected = counts[one].Sum(), answered = counts.Sum(row => row[one]);
            Assert.Equal(
                [$"{one}", Share(counts[one][one], answered), Share(counts[one][one], expected), $"{expected}", $"{answered}"],
                table[one + 1]);
        }

        Assert.Equal(["precision", "recall"], run.Legend($"classes-{head}"));

        static string Share(int right, int rows) => rows == 0 ? "–" : Percent(right / (double)rows);
    }

    [Theory]
    [InlineData("digit", 50)]
    [InlineData("sum", 500)]
    public void The_calibration_error_follows_from_its_bins(string head, int rows)
    {
        string[][] bins = run.TableOf($"reliability-{head}")[1..];
        Assert.Equal(Calibration.BinCount, bins.Length);
        Assert.Equal(rows, bins.Sum(bin => (int)ReportedRun.Number(bin[2])));
        string[][] filled = [.. bins.Where(bin => bin[2] != "0")];
        double error = filled.Sum(bin => ReportedRun.Number(bin[2]) * Math.Abs(ReportedRun.Number(bin[3]) - ReportedRun.Number(bin[4]))) / rows;
        Assert.Equal(100 * run.Metrics.GetProperty("expected_calibration_error").GetProperty(head).GetDouble(), error, 0.02);

        double[] drawn = run.ReadSeries($"reliability-{head}", $"{head}, with 95 % interval", label => label);
        Assert.Equal(filled.Length, drawn.Length);
        Assert.All(filled.Zip(drawn), pair => Assert.Equal(ReportedRun.Number(pair.First[4]) / 100, pair.Second, 0.001));
    }

    [Fact]
    public void The_sums_by_addend_are_those_of_metrics_json_and_average_to_the_accuracy()
    {
        double[] shares = [.. run.Metrics.GetProperty("sum_accuracy_by_addend").EnumerateArray().Select(share => share.GetDouble())];
        string[][] table = ReportedRun.Rows(run.ById("addends"));
        Assert.Equal(shares.Select(Percent), table[1..].Select(row => row[1]));
        Assert.Equal(run.Metrics.GetProperty("sum_accuracy").GetDouble(), shares.Average(), 9);
        double[] errors = run.ReadSeries("addends", "sum, by addend", label => Math.Log(100 - label));
        Assert.All(shares.Zip(errors), pair => Assert.Equal(100 * (1 - pair.First), Math.Exp(pair.Second), 0.5));
    }

    [Fact]
    public void The_gallery_shows_the_mistaken_test_images_themselves()
    {
        XElement[] images = [.. run.ById("mistakes").Descendants(Html.Namespace + "img")];
        Mistake[] mistakes = [.. run.Summary.Details.WorstMistakes];
        Assert.InRange(images.Length, 1, 40);
        Assert.Equal(mistakes.Length, images.Length);
        Assert.All(images.Zip(mistakes), pair =>
        {
            byte[] png = Convert.FromBase64String(pair.First.Attribute("src")!.Value["data:image/png;base64,".Length..]);
            byte[] levels = new byte[MnistGeometry.PixelCount];
            Assert.True(new DigitImageDecoder(ImagePreparation.Raw).TryDecode(png, levels, out _, out _));
            Assert.True(TinyRun.Test.Image(pair.Second.Index).SequenceEqual(levels));
            Assert.Equal(TinyRun.Test.Labels[pair.Second.Index], pair.Second.Label);
            Assert.Contains($"test image {pair.Second.Index}: a {pair.Second.Label}", pair.First.Attribute("alt")!.Value, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Without_the_gallery_there_is_no_image_and_the_report_says_why()
    {
        using var tiny = new TinyRun();
        tiny.Fit(tiny.Trainer("bare", options => options with { ShowsGallery = false, TensorBoardFolder = tiny["events"] }));
        XDocument page = XDocument.Load(tiny["bare/report.html"]);
        Assert.Empty(page.Descendants(Html.Namespace + "img"));
        XElement section = page.Descendants(Html.Namespace + "section").Single(one => one.Attribute("id")!.Value == "mistakes");
        Assert.Contains("The pictures were left out (--no-gallery)", section.Value, StringComparison.Ordinal);
        Assert.True(ReportedRun.Rows(section).Length > 1);
        Assert.DoesNotContain(EventFile.Read(tiny["events"]), one => one.Summary?.Value.Any(value => value.Image is not null) == true);
    }

    [Fact]
    public void The_layer_table_ends_with_the_totals()
    {
        string[][] table = ReportedRun.Rows(run.ById("network"));
        Assert.Equal(["digit.conv1", "Conv2d", "10 × 26 × 26", "3 × 3", "90", "60,840"], table[1]);
        Assert.Equal(["total", "", "", "", "21,843", "1,406,102"], table[run.Summary.Layers.Count + 1]);
    }

    [Fact]
    public void The_filters_are_the_first_convolutions_weights()
    {
        string[][] table = run.TableOf("filters");
        Assert.Equal(1 + (10 * 3), table.Length);
        Assert.All(table[1..], row => Assert.Equal(3, row[2].Split("  ").Length));
        XElement[] pixels = [.. run.Plot("filters").Elements(Svg.Namespace + "rect").Where(pixel => pixel.Element(Svg.Namespace + "title") is not null)];
        Assert.Equal(10 * 9, pixels.Length);
        string[] weights = [.. table[1..].SelectMany(row => row[2].Split("  "))];
        Assert.All(pixels.Zip(weights), pair => Assert.Equal(pair.Second[0] == '+' ? "positive" : "negative", pair.First.Attribute("class")!.Value));
    }

    [Fact]
    public void The_graph_names_every_layer_in_the_followed_works_colours()
    {
        XElement[] boxes = [.. run.Plot("graph").Elements(Svg.Namespace + "g").Where(one => one.Attribute("class")!.Value == "box")];
        Assert.All(run.Summary.Layers, layer => Assert.Contains(boxes, box => box.Value == $"{layer.Kind} {layer.Name}" && Style(box) == "node node-operation"));
        Assert.Contains(boxes, box => box.Value == "weight [10, 1, 3, 3]" && Style(box) == "node node-parameter");
        Assert.Contains(boxes, box => box.Value == "total loss" && Style(box) == "node node-loss");

        static string Style(XElement box) => box.Element(Svg.Namespace + "rect")!.Attribute("class")!.Value;
    }

    [Fact]
    public void The_graph_of_a_network_whose_adder_sees_probabilities_has_the_softmax_between_the_branches()
    {
        using DigitSumNetwork network = Recipe.Quick.CreateNetwork();
        GraphNode[] nodes = [.. ComputationGraph.Of(network).Nodes];
        GraphNode softmax = nodes.Single(node => node.Text == "Softmax adder_input"), both = nodes.Single(node => node.Text.StartsWith("concat", StringComparison.Ordinal));
        Assert.Equal("Linear digit.linear", Assert.Single(softmax.Inputs).Text);
        Assert.Equal(["Softmax adder_input", "number, one-hot [N, 10]"], both.Inputs.Select(input => input.Text));
        Assert.Equal(nodes.Length, nodes.Select(node => (node.Column, node.Row)).Distinct().Count());
    }

    [Fact]
    public void The_graph_of_several_columns_ends_in_their_mean()
    {
        using DigitSumNetwork network = Recipe.Best.CreateNetwork();
        GraphNode[] nodes = [.. ComputationGraph.Of(network).Nodes];
        GraphNode mean = nodes.Single(node => node.Text == "mean [N, 10]");
        Assert.Equal(["Linear digit1.linear", "Linear digit2.linear"], mean.Inputs.Select(input => input.Text).Order(StringComparer.Ordinal));
        Assert.Equal(nodes.Length, nodes.Select(node => (node.Column, node.Row)).Distinct().Count());
    }

    [Fact]
    public void The_environment_is_that_of_metrics_json()
    {
        Dictionary<string, string> environment = ReportedRun.Rows(run.ById("environment"))[1..].ToDictionary(row => row[0], row => row[1]);
        (string Row, string Property)[] versions =
            [("operating system", "operating_system"), (".NET", "dotnet"), ("TorchSharp", "torch_sharp"), ("libtorch", "libtorch"), ("ML.NET", "ml_net"), ("ONNX Runtime", "onnx_runtime")];
        Assert.All(versions, version => Assert.Equal(run.Metrics.GetProperty("versions").GetProperty(version.Property).GetString(), environment[version.Row]));
        Assert.Equal(run.Metrics.GetProperty("settings").GetProperty("threads").ToString(), environment["threads"]);
        Assert.Contains(run.Metrics.GetProperty("device").GetProperty("name").GetString()!, environment["device"], StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_without_a_test_set_says_what_it_was_judged_on()
    {
        using var tiny = new TinyRun();
        tiny.Fit(tiny.Trainer("untested", options => options with { TestSet = null, HyperParameters = options.HyperParameters! with { Epochs = 1 } }));
        XDocument page = XDocument.Load(tiny["untested/report.html"]);
        Assert.Contains("There was no test set", page.Root!.Value, StringComparison.Ordinal);
        Assert.Contains("300 training images, each with all ten addends", page.Root.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_judged_on_held_out_images_says_so()
    {
        using var tiny = new TinyRun();
        tiny.Fit(tiny.Trainer("held", options => options with { TestSetName = "validation", HyperParameters = options.HyperParameters! with { Epochs = 1 } }));
        XDocument page = XDocument.Load(tiny["held/report.html"]);
        Assert.Contains("held out of the training images", page.Root!.Value, StringComparison.Ordinal);
        Assert.Contains("digit, validation", page.Root.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("digit, test", page.Root.Value, StringComparison.Ordinal);
    }

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.00} %");

    private int[][] Counts(string head) =>
        [.. run.TableOf($"confusion-{head}")[1..].Select(row => row[1..].Select(field => int.Parse(field, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)).ToArray())];
}
