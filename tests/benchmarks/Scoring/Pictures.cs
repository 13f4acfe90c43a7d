using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MnistAdder.Benchmarks.Scoring;

/// <summary>28×28 grey PNG files, drawn once and kept for the next run, and rows over them.</summary>
internal sealed class Pictures
{
    private const int Count = 10_000;
    private readonly string[] _paths;

    private Pictures(string[] paths) => _paths = paths;

    /// <summary>The files, of the synthetic digits, in the system's temporary folder.</summary>
    public static Pictures Draw()
    {
        string folder = Path.Combine(Path.GetTempPath(), "mnist-adder-benchmark-pictures");
        if (!File.Exists(Path.Combine(folder, "samples.csv")))
            Command.Run("dotnet", [Checkout.TrainingHost, "samples", folder, "--count", Count.ToString(CultureInfo.InvariantCulture)]);
        return new Pictures([.. Directory.GetFiles(folder, "*.png").Order(StringComparer.Ordinal)]);
    }

    /// <summary>The files again and again, with the numbers 0…9 in turn.</summary>
    public IEnumerable<PictureRow> Rows(int count) =>
        Enumerable.Range(0, count).Select(i => new PictureRow { Path = _paths[i % _paths.Length], Number = i % ModelContract.DigitClasses });

    /// <summary>The rows as a view that is read as it is enumerated.</summary>
    public IDataView View(MLContext ml, int count) => ml.Data.LoadFromEnumerable(Rows(count));

    /// <summary>The rows as a CSV file for the command.</summary>
    public void WriteCsv(string path, int count)
    {
        using var file = new StreamWriter(path);
        file.WriteLine("path,number");
        foreach (PictureRow row in Rows(count))
            file.WriteLine($"{row.Path},{row.Number}");
    }
}

/// <summary>A row of every pipeline that is measured.</summary>
internal sealed class PictureRow
{
    [ColumnName("path")]
    public string Path { get; set; } = "";

    [ColumnName("number")]
    public long Number { get; set; }
}
