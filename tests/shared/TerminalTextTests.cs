using MnistAdder.Commands;

namespace MnistAdder.Tests;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain text, ümläuts, 漢字, 👍 and ±", "plain text, ümläuts, 漢字, 👍 and ±")]
    [InlineData("\u001b]0;title\u0007", "\\u001b]0;title\\u0007")]
    [InlineData("safe\rover", "safe\\u000dover")]
    [InlineData("csv.\u202egpj", "csv.\\u202egpj")]
    [InlineData("\u2066a\u2069\u200f\u061c\u0085\u009b\u007f\u2028", "\\u2066a\\u2069\\u200f\\u061c\\u0085\\u009b\\u007f\\u2028")]
    [InlineData("\ufeffpa\u00adth\u200b\u2060", "\\ufeffpa\\u00adth\\u200b\\u2060")]
    [InlineData("two\nlines\r\nand\ta tab", "two\nlines\r\nand\ta tab")]
    public void What_cannot_be_seen_becomes_visible_and_lines_stay_lines(string text, string visible)
    {
        Assert.Equal(visible, TerminalText.Visible(text));
        using var inner = new StringWriter();
        new TerminalWriter(inner, dropsFailures: false).Write(text);
        Assert.Equal(visible, inner.ToString());
    }

    [Theory]
    [InlineData("one", "one")]
    [InlineData("two\nlines\r\nand\ta tab\u2028more", "two lines and a tab more")]
    [InlineData("\u001b[2J\n", "\\u001b[2J ")]
    public void A_message_is_one_line(string text, string line) => Assert.Equal(line, TerminalText.OneLine(text));

    [Fact]
    public void A_standard_error_that_cannot_be_written_is_no_error()
    {
        foreach (Exception failure in (Exception[])[new IOException("No space left on device"), new UnauthorizedAccessException("It can only be read")])
        {
            using var failing = new FailingWriter(failure);
            new TerminalWriter(failing, dropsFailures: true).WriteLine("error: nobody hears this");
            Assert.Same(failure, Record.Exception(() => new TerminalWriter(failing, dropsFailures: false).WriteLine("a result")));
        }
    }

    private sealed class FailingWriter(Exception failure) : StringWriter
    {
        public override void Write(string? value) => throw failure;
    }
}
