namespace MnistAdder.Tests.Support;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    // tests/endtoend/bin/Release/net10.0/
    private static readonly DirectoryInfo s_output = new(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));

    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary><c>Release</c> or <c>Debug</c>: how these tests were built.</summary>
    public static string Configuration => s_output.Parent!.Name;

    /// <summary>A program of this project, built with the same configuration as these tests.</summary>
    /// <param name="project">Its project's folder, for instance <c>training/host</c>.</param>
    /// <param name="file">Its assembly's file.</param>
    public static string Program(string project, string file) => Path.Combine(Root, project, "bin", Configuration, s_output.Name, file);

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "MnistAdder.sln")))
                return folder;
        }

        throw new InvalidOperationException($"{AppContext.BaseDirectory} is not inside a checkout.");
    }
}
