using System.Globalization;
using MnistAdder.Serving.Tests.Images;
using Sylvan.Data.Csv;

namespace MnistAdder.Benchmarks.Untidy;

/// <summary>Labelled pictures as files beside a CSV file.</summary>
internal static class PictureCases
{
    /// <summary>Reads the columns <c>path</c> and <c>label</c>; a file's kind is its name up to the first hyphen.</summary>
    public static IEnumerable<LabelledPicture> Read(string csv)
    {
        string folder = Path.GetDirectoryName(csv)!;
        var numbers = new Dictionary<string, int>();
        using CsvDataReader reader = CsvDataReader.Create(csv);
        int pathColumn = reader.GetOrdinal("path"), labelColumn = reader.GetOrdinal("label");
        while (reader.Read())
        {
            string path = Path.Combine(folder, reader.GetString(pathColumn)), label = reader.GetString(labelColumn);
            string kind = Path.GetFileNameWithoutExtension(path).Split('-')[0];
            int number = numbers[kind] = numbers.GetValueOrDefault(kind, -1) + 1;
            yield return new LabelledPicture(kind, number, label == "-" ? null : int.Parse(label, CultureInfo.InvariantCulture), File.ReadAllBytes(path));
        }
    }

    /// <summary>Writes pictures and a <c>cases.csv</c> that lists them, with the number 0 to add.</summary>
    public static void Write(string folder, IEnumerable<LabelledPicture> pictures)
    {
        Directory.CreateDirectory(folder);
        using var csv = new StreamWriter(Path.Combine(folder, "cases.csv"));
        csv.WriteLine("path,number,label");
        foreach (LabelledPicture picture in pictures)
        {
            File.WriteAllBytes(Path.Combine(folder, picture.FileName), picture.File);
            csv.WriteLine($"{picture.FileName},0,{picture.Label}");
        }
    }
}
