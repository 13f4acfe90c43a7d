using System.Text;

namespace MnistAdder.Tests.Support.Scored;

/// <summary>A folder with a model, a picture of each digit (<c>0.bmp</c>…<c>9.bmp</c>) and whatever a test adds.</summary>
public sealed class ScoringFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ScoringFolder()
    {
        Model = _folder.Write("model.onnx", SpotModel.Bytes());
        for (int digit = 0; digit < ModelContract.DigitClasses; digit++)
            _folder.Write($"{digit}.bmp", SpotModel.Picture(digit));
    }

    public string Path => _folder.Path;

    public string Model { get; }

    /// <summary>Where results of a test go.</summary>
    public string Output => _folder["output"];

    public string this[string name] => _folder[name];

    /// <summary>The path of a digit's picture.</summary>
    public string Picture(int digit) => _folder[$"{digit}.bmp"];

    public string Write(string name, byte[] bytes) => _folder.Write(name, bytes);

    public string Write(string name, string text) => _folder.Write(name, Encoding.UTF8.GetBytes(text));

    /// <summary>A CSV with as many rows as wanted, all of them good.</summary>
    public string WriteRows(int count)
    {
        var csv = new StringBuilder("path,number\n");
        for (int row = 0; row < count; row++)
            csv.Append(row % 10).Append(".bmp,").Append(row / 10 % 10).Append('\n');
        return Write("rows.csv", csv.ToString());
    }

    /// <summary>Files that a run left beside those of the test.</summary>
    public string[] Leftovers() => [.. Directory.GetFiles(Path, "output*")];

    public void Dispose() => _folder.Dispose();
}
