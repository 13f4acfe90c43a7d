using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace MnistAdder.Server.Tests.Page;

[Collection(PageBrowser.Tests)]
public sealed class PictureTests(PageBrowser browser)
{
    private static readonly string s_six = Path.Combine(Repository.Root, "artifacts", "pretrained", "samples", "19-six.png");

    [Fact]
    public async Task Each_sample_shows_its_digit()
    {
        await using OpenedPage page = await browser.Open();
        for (int digit = 0; digit < 10; digit++)
        {
            await page.Click($"Sample {digit}");
            await page.Shows($"{digit} + 5 = {digit + 5}");
        }
    }

    [Fact]
    public async Task A_picture_is_chosen_from_files()
    {
        await using OpenedPage page = await browser.Open();
        IFileChooser chooser = await page.Tab.RunAndWaitForFileChooserAsync(() => page.Click("Choose a picture"));
        await chooser.SetFilesAsync(s_six);
        await page.Shows("6 + 5 = 11");
    }

    [Theory]
    [InlineData("document.getElementById('canvas').dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }))")]
    [InlineData("document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: files, bubbles: true, cancelable: true }))")]
    public async Task A_picture_is_dropped_or_pasted(string hand)
    {
        await using OpenedPage page = await browser.Open();
        await Hand(page, hand, Convert.ToBase64String(await File.ReadAllBytesAsync(s_six, TestContext.Current.CancellationToken)));
        await page.Shows("6 + 5 = 11");
        await page.Click("Undo");
        await page.Shows("? + 5 = ?");
    }

    [Fact]
    public async Task What_is_no_picture_is_refused_and_the_drawing_stays()
    {
        await using OpenedPage page = await browser.Open();
        await page.Draw(Handwriting.Of(7));
        await page.Shows("7 + 5 = 12");
        await Hand(page, "document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }))", Convert.ToBase64String("no picture"u8));
        await page.Says("That is no picture that this browser can show.");
        await page.Shows("7 + 5 = 12");
    }

    [Fact]
    public async Task A_picture_without_ink_says_why_there_is_no_answer()
    {
        await using OpenedPage page = await browser.Open();
        string blank = await page.Evaluate<string>("document.createElement('canvas').toDataURL().split(',')[1]");
        await Hand(page, "document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }))", blank);
        await page.Says("the image shows no ink");
        await Expect(page.Tab.Locator("#sum")).ToHaveTextAsync("?");
    }

    private static async Task Hand(OpenedPage page, string script, string base64) => await page.Tab.EvaluateAsync(
        $$"""
        base64 => {
          const files = new DataTransfer();
          files.items.add(new File([Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))], "picture.png", { type: "image/png" }));
          {{script}};
        }
        """,
        base64);
}
