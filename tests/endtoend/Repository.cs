namespace MnistAdder.EndToEnd.Tests;

/// <summary>Where things are in the checkout that these tests were built from.</summary>
internal static class Repository
{
    // tests/endtoend/bin/Release/net10.0/
    private static readonly DirectoryInfo s_output = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    public static string Root { get; } = FindRoot();

    public static string TrainingHost { get; } = Program("training/host", "MnistAdder.Training.dll");

    private static string Program(string project, string file) =>
        Path.Combine(Root, project, "bin", s_output.Parent!.Name, s_output.Name, file);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = s_output; folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MnistAdder.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"{s_output.FullName} is not inside a checkout.");
    }
}
