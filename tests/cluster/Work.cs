using System.Globalization;
using System.Text;
using MnistAdder.Tests.Support.Models;

namespace MnistAdder.Cluster;

/// <summary>What is scored, and the commands that do it.</summary>
internal sealed class Work : IDisposable
{
    private static readonly string s_program = Repository.Program("serving/host", "mnist-adder.dll");

    private readonly TemporaryFolder _folder = new();

    public Work()
    {
        Environment.SetEnvironmentVariable("MNIST_ADDER", $"dotnet {s_program}");
        SmallModel = _folder.Write("small.onnx", TestModels.DigitSum());
    }

    /// <summary>The recipe for Slurm that people copy.</summary>
    public static string Recipe { get; } = Path.Combine(Repository.Root, "serving/deploy/slurm/score.sbatch");

    /// <summary>The smallest model that keeps the contract.</summary>
    public string SmallModel { get; }

    public string this[string name] => _folder[name];

    /// <summary>The pictures of the release.</summary>
    public static string[] Pictures { get; } = [.. Directory.GetFiles(Path.Combine(Repository.Root, "artifacts/pretrained/samples"), "*.png").Order(StringComparer.Ordinal)];

    /// <summary>A table over the pictures of the release, in turns; every hundredth row has quotes and a line break.</summary>
    public string Table(int rows)
    {
        string path = _folder[$"{rows}.csv"];
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 20);
        file.Write("path,number,note\n");
        for (int row = 0; row < rows; row++)
            file.Write(string.Create(CultureInfo.InvariantCulture, $"{Pictures[row % Pictures.Length]},{row % 10},{(row % 100 == 99 ? $"\"row \"\"{row}\"\",\n two lines\"" : row)}\n"));
        return path;
    }

    /// <summary>Runs a subcommand.</summary>
    public static string Run(params string[] arguments) => Shell.Run("dotnet", [s_program, .. arguments]);

    /// <summary>Runs a subcommand, and gives the most memory that it had, in MB.</summary>
    public static long Peak(params string[] arguments) => Shell.Peak("dotnet", [s_program, .. arguments]);

    /// <summary>Whether two files have the same bytes.</summary>
    public static bool AreSame(string one, string other)
    {
        using FileStream first = File.OpenRead(one), second = File.OpenRead(other);
        byte[] left = new byte[1 << 20], right = new byte[1 << 20];
        while (true)
        {
            int length = first.ReadAtLeast(left, left.Length, throwOnEndOfStream: false);
            if (!left.AsSpan(0, length).SequenceEqual(right.AsSpan(0, second.ReadAtLeast(right, right.Length, throwOnEndOfStream: false))))
                return false;
            if (length == 0)
                return true;
        }
    }

    public void Dispose() => _folder.Dispose();
}
