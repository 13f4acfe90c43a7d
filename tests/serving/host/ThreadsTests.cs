using System.Text;
using MnistAdder.Commands;
using MnistAdder.Tests.Support.Scored;

namespace MnistAdder.Scoring.Tests;

public sealed class ThreadsTests : IDisposable
{
    private readonly ScoringFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_two_and_eight_threads_write_the_same_bytes()
    {
        string release = Path.Combine(Repository.Root, "artifacts", "pretrained");
        string[] pictures = [.. Directory.GetFiles(Path.Combine(release, "samples"), "*.png").Order(StringComparer.Ordinal)];
        var csv = new StringBuilder("path,number\n");
        for (int row = 0; row < 1_000; row++)
            csv.Append(row % 97 == 0 ? "missing.png" : pictures[row % pictures.Length]).Append(',').Append(row / 7 % 11).Append('\n');
        string input = _folder.Write("rows.csv", csv.ToString());

        byte[] one = Score(1);
        Assert.Equal(1_001, one.Count(value => value == '\n'));
        Assert.Equal(one, Score(2));
        Assert.Equal(one, Score(8));

        byte[] Score(int threads)
        {
            CommandLineRun run = CommandLineRun.Of(
                "score", input, "-o", _folder.Output, "--model", Path.Combine(release, "model.onnx"), "--provider", "cpu", "--probabilities", "--threads", $"{threads}");
            Assert.Equal(ExitCodes.DoneWithBadRows, run.ExitCode);
            return File.ReadAllBytes(_folder.Output);
        }
    }
}
