using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MnistAdder.Server.Tests.Page;

/// <summary>Whether everyone can read the page, and who hears of it.</summary>
[Collection(PageBrowser.Tests)]
public sealed class ReadingTests(PageBrowser browser)
{
    [Theory]
    [InlineData(1280, 900, false)]
    [InlineData(1280, 900, true)]
    [InlineData(390, 844, false)]
    [InlineData(390, 844, true)]
    public async Task Axe_finds_nothing_wrong(int width, int height, bool dark)
    {
        await using OpenedPage page = await browser.Open(width: width, height: height, dark: dark);
        await NothingWrong();
        await page.Draw(Handwriting.Strokes("290,20 280,540"));
        await Expect(page.Tab.Locator("#warning")).Not.ToBeEmptyAsync();
        await page.Answer();
        await NothingWrong();

        async Task NothingWrong()
        {
            AxeResult result = await page.Tab.RunAxe();
            Assert.NotEmpty(result.Passes);
            Assert.Empty(result.Violations.SelectMany(violation => violation.Nodes.Select(node => $"{violation.Id}: {node.Html}")));
        }
    }

    [Theory]
    [InlineData(320)]
    [InlineData(390)]
    [InlineData(768)]
    [InlineData(1280)]
    public async Task Nothing_is_wider_than_the_screen(int width)
    {
        await using OpenedPage page = await browser.Open(width: width, height: 844);
        await page.Draw(Handwriting.Of(7));
        await page.Shows("7 + 5 = 12");
        Assert.Equal(width, await page.Evaluate<int>("document.documentElement.scrollWidth"));
        Assert.Equal("", await page.Evaluate<string>("[...document.querySelectorAll('body *:not(.unseen)')].filter(part => part.getBoundingClientRect().right > innerWidth).map(part => part.outerHTML).join()"));
    }

    [Fact]
    public async Task The_board_has_a_pixel_for_each_of_the_screen_s()
    {
        await using OpenedPage page = await browser.Open();
        Assert.Equal(await page.Evaluate<int>("Math.round(document.getElementById('canvas').clientWidth * devicePixelRatio)"), await page.Evaluate<int>("document.getElementById('canvas').width"));
    }

    [Fact]
    public async Task The_page_asks_its_own_server_alone_and_logs_nothing()
    {
        await using OpenedPage page = await browser.Open();
        await page.Draw(Handwriting.Of(7));
        await page.Shows("7 + 5 = 12");
        await page.Click("Sample 3");
        await page.Shows("3 + 5 = 8");
        await page.Press("Delete");
        Assert.Empty(page.Complaints);

        // The policy holds, and what it forbids would have been seen.
        await page.Tab.EvaluateAsync("new Image().src = 'http://127.0.0.2/'");
        await Expect(page.Tab.Locator("body")).ToBeVisibleAsync();
        Assert.Contains(page.Complaints, complaint => complaint.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_routes_are_described_without_help_from_elsewhere(bool dark)
    {
        await using OpenedPage page = await browser.Open("docs", dark: dark);
        await Expect(page.Tab.GetByRole(AriaRole.Heading, new() { Name = "Read the digit in a picture and add a number to it" })).ToBeVisibleAsync();
        await page.Tab.WaitForLoadStateAsync(LoadState.NetworkIdle);
        Assert.Equal(0, await page.Tab.GetByText("Ask AI").CountAsync());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task A_server_that_went_away_is_missed_and_found_again()
    {
        OpenedPage page;
        string url;
        await using (RunningServer server = await RunningServer.Start(PageBrowser.Released))
        {
            url = server.Url.GetLeftPart(UriPartial.Authority);
            page = await browser.Open(server: server);
            await page.Draw(Handwriting.Of(7));
            await page.Shows("7 + 5 = 12");
        }

        await using (page)
        {
            await page.Press("3");
            await page.Says("The server isn't answering.");
            await page.Shows("? + 3 = ?");
            await using RunningServer another = await RunningServer.StartAt(url, PageBrowser.Released);
            await page.Shows("7 + 3 = 10");
        }
    }
}
