using System.Text.Json;
using System.Text.Json.Nodes;
using MnistAdder.Commands;

namespace MnistAdder.EndToEnd.Tests.Browser;

public sealed class ReportInBrowserTests(ReportInBrowserTests.TrainedRun run) : IClassFixture<ReportInBrowserTests.TrainedRun>
{
    private const int Phone = 375, Desktop = 1280;

    [Theory]
    [InlineData(Phone, "light")]
    [InlineData(Phone, "dark")]
    [InlineData(Desktop, "light")]
    [InlineData(Desktop, "dark")]
    public async Task The_report_fits_the_screen_and_every_text_is_whole_and_legible(int width, string scheme)
    {
        await using Chromium chromium = await OpenAsync(new Uri(run["report.html"]), width, scheme);

        // With every table open, the page is as wide as it gets.
        await chromium.EvaluateAsync("checks.openTables()");
        Assert.Equal(width, (await chromium.EvaluateAsync("window.innerWidth")).GetInt32());
        Assert.InRange((await chromium.EvaluateAsync("document.documentElement.scrollWidth")).GetInt32(), 1, width);
        foreach (string check in (string[])["cut", "overlapping", "small", "faint"])
        {
            IEnumerable<string?> wrong = (await chromium.EvaluateAsync($"checks.{check}()")).EnumerateArray().Select(one => one.GetString());
            Assert.Empty(wrong.Select(text => $"{check}: {text}"));
        }

        double background = (await chromium.EvaluateAsync("checks.luminance(checks.background())")).GetDouble();
        Assert.InRange(background, scheme == "dark" ? 0 : 0.9, scheme == "dark" ? 0.1 : 1);
    }

    [Fact]
    public async Task The_report_logs_nothing_and_asks_for_nothing_but_itself()
    {
        var report = new Uri(run["report.html"]);
        await using Chromium chromium = await OpenAsync(report, Desktop, "light");
        Assert.Empty(Reported(chromium, "Log.entryAdded").Concat(Reported(chromium, "Runtime.consoleAPICalled")).Concat(Reported(chromium, "Runtime.exceptionThrown")));
        IEnumerable<string> requested = Reported(chromium, "Network.requestWillBeSent").Select(one => one.GetProperty("request").GetProperty("url").GetString()!);
        Assert.Equal([report.AbsoluteUri], requested.Where(url => !url.StartsWith("data:", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("light", 0.9, 1, 0, 0.2)]
    [InlineData("dark", 0, 0.1, 0.6, 1)]
    public async Task A_picture_of_its_own_has_the_readers_colours(string scheme, double darkestPaper, double lightestPaper, double darkestText, double lightestText)
    {
        await using Chromium chromium = await OpenAsync(new Uri(run["accuracy.svg"]), Desktop, scheme);
        Assert.InRange(await FillAsync(".paper"), darkestPaper, lightestPaper);
        Assert.InRange(await FillAsync("text"), darkestText, lightestText);

        async Task<double> FillAsync(string element) => (await chromium.EvaluateAsync($"checks.luminance(getComputedStyle(document.querySelector('{element}')).fill)")).GetDouble();
    }

    private static async Task<Chromium> OpenAsync(Uri file, int width, string scheme)
    {
        Assert.SkipUnless(File.Exists(Chromium.Program), $"There is no {Chromium.Program} (Debian: chromium).");
        Chromium chromium = await Chromium.StartAsync();
        await chromium.SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 800, ["deviceScaleFactor"] = 1, ["mobile"] = width == Phone });
        await chromium.SendAsync("Emulation.setEmulatedMedia", new JsonObject
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }),
        });
        await chromium.OpenAsync(file.AbsoluteUri);
        await chromium.EvaluateAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "checks.js")));
        return chromium;
    }

    private static IEnumerable<JsonElement> Reported(Chromium chromium, string method) =>
        chromium.Events.Where(one => one.GetProperty("method").GetString() == method).Select(one => one.GetProperty("params"));

    /// <summary>One short training run for all of these tests; none where they skip.</summary>
    public sealed class TrainedRun : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public TrainedRun()
        {
            if (!File.Exists(Chromium.Program))
                return;
            using RunningProgram training = RunningProgram.Run(
                Programs.TrainingHost, "--dataset", "synthetic", "--limit", "600", "--epochs", "3", "--batch-size", "32", "--threads", "1", "--output", _folder.Path);
            Assert.Equal(ExitCodes.Done, training.ExitCode);
        }

        public string this[string file] => _folder[file];

        public void Dispose() => _folder.Dispose();
    }
}
